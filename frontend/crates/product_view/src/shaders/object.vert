uniform mat4 view_projection;
uniform mat4 place;
in vec3 position;
in vec3 normal;
in vec2 uv_coordinates;
out vec3 pos;
out vec3 nor;
out vec2 uvs;

void main() {
    pos = (place * vec4(position, 1.0)).xyz;
    nor = mat3(place) * normal;
    uvs = uv_coordinates;
    gl_Position = view_projection * vec4(pos, 1.0);
}
