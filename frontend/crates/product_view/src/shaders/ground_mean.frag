// The mean of 4 × 4 texels: together they have taken sixteen different sets of samples.
uniform sampler2D raw;
out vec4 colour;

void main() {
    ivec2 corner = ivec2(gl_FragCoord.xy) - 1;
    ivec2 last = textureSize(raw, 0) - 1;
    float sum = 0.0;
    for (int i = 0; i < 16; i++) {
        sum += texelFetch(raw, clamp(corner + ivec2(i & 3, i >> 2), ivec2(0), last), 0).r;
    }
    colour = vec4(vec3(sum / 16.0), 1.0);
}
