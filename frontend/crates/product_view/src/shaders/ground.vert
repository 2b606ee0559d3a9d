uniform mat4 view_projection;
uniform vec4 area;
uniform float floor_height;
out vec2 uv;

void main() {
    vec2 corners[6] = vec2[6](vec2(0.0), vec2(1.0, 0.0), vec2(1.0), vec2(0.0), vec2(1.0), vec2(0.0, 1.0));
    uv = corners[gl_VertexID];
    gl_Position = view_projection * vec4(area.xy + uv * area.zw, floor_height, 1.0);
}
