// What of the key light reaches a point, by its map of depths.
uniform highp sampler2D key_map;
uniform mat4 key_matrix;
uniform vec3 key_step;        // x, y: one tap in map coordinates; z: bias in depth

float tap(vec3 m, float x, float y) {
    return step(m.z - key_step.z, textureLod(key_map, m.xy + vec2(x, y) * key_step.xy, 0.0).r);
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
