uniform sampler2D shade;
uniform float strength;
in vec2 uv;
out vec4 colour;

void main() {
    float dark = texture(shade, uv).r * strength;
    colour = vec4(vec3(0.055, 0.062, 0.060) * dark, dark);
}
