uniform mat4 view_projection;
uniform mat4 place;
in vec3 position;

void main() {
    gl_Position = view_projection * place * vec4(position, 1.0);
}
