uniform mat4 view_projection;
in vec3 position;
in vec3 normal;
in vec2 uv_coordinates;
out vec3 pos;
out vec3 nor;
out vec2 uvs;

void main() {
    pos = position;
    nor = normal;
    uvs = uv_coordinates;
    gl_Position = view_projection * vec4(position, 1.0);
}
