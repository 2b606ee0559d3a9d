// What a thing is made of. Its light comes from `studio.frag` or `room.frag`, one of which follows; what of the key light reaches it, from `lit.frag`.
uniform vec3 eye;
uniform vec3 tint;        // sRGB, multiplies the picture before it is decoded
uniform vec3 factor;      // linear, multiplies after
uniform float metallic;
uniform float roughness;
uniform vec2 uv_scale;
uniform sampler2D surface;
uniform vec3 key_direction;   // towards the light
uniform float reach;
uniform vec3 key_colour;

in vec3 pos;
in vec3 nor;
in vec2 uvs;
out vec4 colour;

vec3 decode(vec3 c) {
    return mix(c / 12.92, pow((c + 0.055) / 1.055, vec3(2.4)), step(0.04045, c));
}

// Roots instead of a power (I. Taylor, sRGB Approximations for HLSL, 2011): nowhere more than a quarter of one of 255 steps off.
vec3 encode(vec3 c) {
    vec3 a = sqrt(c);
    vec3 b = sqrt(a);
    return mix(c * 12.92, 0.662002687 * a + 0.684122060 * b - 0.323583601 * sqrt(b) - 0.0225411470 * c, step(0.0031308, c));
}

// Colours stay what they are; only highlights bend, and lose their colour where they would burn.
vec3 tone(vec3 c) {
    float start = 0.76;
    float peak = max(c.r, max(c.g, c.b));
    if (peak < start) return c;
    float d = 1.0 - start;
    float bent = 1.0 - d * d / (peak + d - start);
    c *= bent / peak;
    float g = 1.0 - 1.0 / (0.15 * (peak - bent) + 1.0);
    return mix(c, vec3(bent), g);
}

// How much of the key light reaches a point, 0 to 1. n: normal.
float lit(vec3 n);

// Light that leaves a point towards the eye. n: normal; v: towards the eye; share: of what is mirrored, for the whole lobe.
vec3 lighting(vec3 n, vec3 v, float rough, vec3 albedo, vec3 diffuse, vec3 f0, vec3 share);

void main() {
    vec3 v = normalize(eye - pos);
    vec3 n = normalize(nor);
    if (dot(n, v) < 0.0 && !gl_FrontFacing) n = -n;
    vec3 picture = texture(surface, uvs * uv_scale).rgb;
    vec3 albedo = decode(clamp(picture * tint, 0.0, 1.0)) * factor;
    float rough = clamp(roughness, 0.06, 1.0);
    vec3 f0 = mix(vec3(0.04), albedo, metallic);

    // Both terms of the split sum, as a fit (B. Karis, Physically Based Shading on Mobile, 2014).
    float nv = max(dot(n, v), 0.02);
    vec4 r = rough * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
    float a = min(r.x * r.x, exp2(-9.28 * nv)) * r.x + r.y;
    vec2 ab = vec2(-1.04, 1.04) * a + r.zw;

    vec3 sum = lighting(n, v, rough, albedo, albedo * (1.0 - metallic), f0, f0 * ab.x + ab.y);
    colour = vec4(encode(clamp(tone(sum), 0.0, 1.0)), 1.0);
}
