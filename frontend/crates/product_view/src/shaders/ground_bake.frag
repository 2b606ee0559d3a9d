// Shadow on the floor, drawn once per product: how much of the key light and of the sky each point misses.
uniform vec4 area;            // x, y of the corner, width, depth in millimetres
uniform float floor_height;
uniform highp sampler2D key_map;
uniform mat4 key_matrix;
uniform highp sampler2D under_map;  // seen from below: depth is height above the floor
uniform mat4 under_matrix;
uniform float under_height;   // millimetres of the whole depth range
uniform float reach;

in vec2 uv;
out vec4 colour;

// Every texel of a tile of 4 × 4 takes samples of its own; the next pass takes the mean of such tiles.
float turn() {
    ivec2 texel = ivec2(gl_FragCoord.xy) & 3;
    return (float(texel.y * 4 + (texel.x * 5 + texel.y * 2 & 3)) + 0.5) / 16.0;
}

mat2 spun(float angle) {
    float c = cos(angle), s = sin(angle);
    return mat2(c, s, -s, c);
}

float key_shadow(vec3 p, float turn) {
    vec4 c = key_matrix * vec4(p, 1.0);
    vec3 m = c.xyz * 0.5 + 0.5;
    float within = fract(turn * 9.8885438);
    mat2 spin = spun(turn * 38.4) * 0.05;
    float sum = 0.0;
    for (int i = 0; i < 16; i++) {
        float angle = float(i) * 2.39996323;
        vec2 at = m.xy + spin * vec2(cos(angle), sin(angle)) * sqrt((float(i) + within) / 16.0);
        float depth = texture(key_map, at).r;
        bool inside = at.x > 0.0 && at.y > 0.0 && at.x < 1.0 && at.y < 1.0;
        sum += inside && depth < 0.9999 && depth < m.z - 0.001 ? 1.0 : 0.0;
    }
    return sum / 16.0;
}

// Share of the sky that is covered: rings around the point, each weighted by the exact form factor of a disc ring at that height.
float covered(vec2 p, float turn) {
    float within = fract(turn * 9.8885438);
    mat2 spin = spun(turn * 0.62831853);
    float sum = 0.0;
    float inner = 0.0;
    for (int ring = 1; ring <= 9; ring++) {
        float s = float(ring) / 9.0;
        float outer = reach * 0.42 * s * s;
        float middle = mix(inner, outer, within);
        for (int i = 0; i < 10; i++) {
            float angle = float(i) * 0.62831853 + float(ring) * 2.39996323;
            vec2 at = p + spin * vec2(cos(angle), sin(angle)) * middle;
            vec4 c = under_matrix * vec4(at, floor_height, 1.0);
            vec2 m = c.xy * 0.5 + 0.5;
            if (m.x <= 0.0 || m.y <= 0.0 || m.x >= 1.0 || m.y >= 1.0) continue;
            float depth = texture(under_map, m).r;
            if (depth >= 0.9999) continue;
            float h = max(depth * under_height, reach * 0.004);
            float h2 = h * h;
            sum += (outer * outer / (h2 + outer * outer) - inner * inner / (h2 + inner * inner)) / 10.0;
        }
        inner = outer;
    }
    return clamp(sum, 0.0, 1.0);
}

void main() {
    vec2 p = area.xy + uv * area.zw;
    float key = key_shadow(vec3(p, floor_height), turn());
    float sky = covered(p, turn());
    float dark = 1.0 - (1.0 - 0.20 * key) * (1.0 - 0.56 * pow(sky, 0.85));
    vec2 edge = smoothstep(vec2(0.0), vec2(0.16), uv) * smoothstep(vec2(0.0), vec2(0.16), 1.0 - uv);
    colour = vec4(vec3(dark * edge.x * edge.y), 1.0);
}
