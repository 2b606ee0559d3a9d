// A small studio: soft daylight from above, a warm floor, two soft boxes, and one key light that casts a shadow.
uniform vec3 eye;
uniform vec3 tint;        // sRGB, multiplies the picture before it is decoded
uniform vec3 factor;      // linear, multiplies after
uniform float metallic;
uniform float roughness;
uniform vec2 uv_scale;
uniform sampler2D surface;
uniform sampler2D key_map;
uniform mat4 key_matrix;
uniform vec3 key_direction;   // towards the light
uniform vec3 key_step;        // x, y: one tap in map coordinates; z: bias in depth
uniform float floor_height;
uniform float reach;
uniform vec3 key_colour;
uniform float peak;          // of the room's picture; 0: the studio
uniform vec3 received[9];    // of a room, spherical harmonics
uniform sampler2D room;      // what is mirrored there: an atlas of five levels

in vec3 pos;
in vec3 nor;
in vec2 uvs;
out vec4 colour;

vec3 decode(vec3 c) {
    return mix(c / 12.92, pow((c + 0.055) / 1.055, vec3(2.4)), step(0.04045, c));
}

vec3 encode(vec3 c) {
    return mix(c * 12.92, 1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, c));
}

float soft_box(vec3 d, vec3 towards, float size, float blur) {
    return smoothstep(1.0 - size - blur, 1.0 - size + blur, dot(d, towards));
}

// Light arriving from a direction, the softer the rougher the surface that asks.
vec3 studio(vec3 d, float rough) {
    float spread = 0.25 + 0.75 * rough;
    vec3 light = mix(vec3(0.36, 0.35, 0.34), vec3(0.92, 0.94, 0.97), smoothstep(-spread, spread, d.z));
    light += vec3(1.5, 1.46, 1.4) * soft_box(d, normalize(vec3(-0.55, -0.55, 0.62)), 0.12, 0.06 + 0.5 * rough) * (1.0 - 0.72 * rough);
    light += vec3(0.85, 0.9, 1.0) * soft_box(d, normalize(vec3(0.9, 0.25, 0.3)), 0.06, 0.05 + 0.5 * rough) * (1.0 - 0.8 * rough);
    return light;
}

vec3 tile(float level, vec2 at) {
    vec2 size = vec2(128.0, 64.0) / exp2(level);
    vec2 corner = vec2(1.0, 128.0 * (1.0 - exp2(-level)) + 2.0 * level + 1.0);
    vec3 c = texture(room, (corner + at * size) / vec2(130.0, 134.0)).rgb;
    return c * c * peak;
}

vec3 mirrored(vec3 d, float rough) {
    vec2 at = vec2(atan(-d.x, 1e-6 - d.y) / 6.2831853 + 0.5, acos(clamp(d.z, -1.0, 1.0)) / 3.1415927);
    float level = rough * 4.0, low = min(floor(level), 3.0);
    return mix(tile(low, at), tile(low + 1.0, at), level - low);
}

vec3 diffused(vec3 n) {
    return received[0] * 0.282095 + (received[1] * n.y + received[2] * n.z + received[3] * n.x) * 0.488603
        + (received[4] * n.x * n.y + received[5] * n.y * n.z + received[7] * n.x * n.z) * 1.092548
        + received[6] * 0.315392 * (3.0 * n.z * n.z - 1.0) + received[8] * 0.546274 * (n.x * n.x - n.y * n.y);
}

float tap(vec3 m, float x, float y) {
    return step(m.z - key_step.z, texture(key_map, m.xy + vec2(x, y) * key_step.xy).r);
}

float lit(vec3 n) {
    vec3 p = pos + n * (reach * 0.0024);
    vec4 c = key_matrix * vec4(p, 1.0);
    vec3 m = c.xyz * 0.5 + 0.5;
    if (m.x <= 0.0 || m.y <= 0.0 || m.x >= 1.0 || m.y >= 1.0) return 1.0;
    // Where corners and middle agree, all between them does: only edges of shadows take every tap.
    float sum = 0.0;
    for (int i = 0; i < 5; i++) sum += i < 4 ? tap(m, float(i & 1) * 4.0 - 2.0, float(i >> 1) * 4.0 - 2.0) : tap(m, 0.0, 0.0);
    if (sum < 0.5 || sum > 4.5) return sum / 5.0;
    sum = 0.0;
    for (int i = 0; i < 25; i++) sum += tap(m, float(i % 5) - 2.0, float(i / 5) - 2.0);
    return sum / 25.0;
}

float glitter(float nh, float alpha) {
    float a2 = alpha * alpha;
    float d = nh * nh * (a2 - 1.0) + 1.0;
    return a2 / (3.14159265 * d * d);
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

void main() {
    vec3 v = normalize(eye - pos);
    vec3 n = normalize(nor);
    if (dot(n, v) < 0.0 && !gl_FrontFacing) n = -n;
    vec3 picture = texture(surface, uvs * uv_scale).rgb;
    vec3 albedo = decode(clamp(picture * tint, 0.0, 1.0)) * factor;
    float rough = clamp(roughness, 0.06, 1.0);
    vec3 f0 = mix(vec3(0.04), albedo, metallic);
    vec3 diffuse = albedo * (1.0 - metallic);
    float nv = max(dot(n, v), 0.02);

    // Near the floor, and turned towards it, less of the room is seen.
    float above = clamp((pos.z - floor_height) / (reach * 0.16), 0.0, 1.0);
    float open = mix(mix(0.5, 0.86, above), 1.0, smoothstep(-0.5, 0.7, n.z));

    float shade = lit(n);
    float nl = max(dot(n, key_direction), 0.0);
    vec3 h = normalize(v + key_direction);
    float nh = max(dot(n, h), 0.0);
    float vh = max(dot(v, h), 0.0);
    float alpha = rough * rough;
    float k = alpha * 0.5;
    float visible = 1.0 / ((nl * (1.0 - k) + k) * (nv * (1.0 - k) + k) * 4.0 + 1e-4);
    vec3 fresnel = f0 + (1.0 - f0) * pow(1.0 - vh, 5.0);
    vec3 key = key_colour * nl * shade;
    // A room's window is in what is mirrored; the studio's key light is not.
    vec3 glint = peak > 0.0 ? vec3(0.0) : min(fresnel * visible * glitter(nh, alpha) * 0.8, vec3(4.0));
    vec3 sum = key * (diffuse + glint);

    // Sky above, floor below, and the walls of a bright room; as light as the stills, so that the model does not darken when it replaces them.
    vec3 round = mix(vec3(0.20, 0.195, 0.19), vec3(0.37, 0.38, 0.395), smoothstep(-1.0, 1.0, n.z)) + 0.335 * (1.0 - n.z * n.z);
    round += vec3(0.20, 0.195, 0.19) * max(dot(n, normalize(vec3(-0.3, -0.95, 0.15))), 0.0);
    if (peak > 0.0) round = diffused(n);
    sum += diffuse * round * open;

    vec4 r = rough * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
    float a = min(r.x * r.x, exp2(-9.28 * nv)) * r.x + r.y;
    vec2 ab = vec2(-1.04, 1.04) * a + r.zw;
    vec3 mirror = reflect(-v, n);
    vec3 there = peak > 0.0 ? mirrored(mirror, rough) : studio(mirror, rough);
    sum += there * (f0 * ab.x + ab.y) * open * mix(0.75, 1.0, shade);

    colour = vec4(encode(clamp(tone(sum), 0.0, 1.0)), 1.0);
}
