// A small studio: soft daylight from above, a warm floor, two soft boxes, and one key light that casts a shadow.
uniform float floor_height;

float soft_box(vec3 d, vec3 towards, float size, float blur) {
    return smoothstep(1.0 - size - blur, 1.0 - size + blur, dot(d, towards));
}

// Light arriving from a direction, the softer the rougher the surface that asks.
vec3 studio(vec3 d, float rough) {
    float spread = 0.25 + 0.75 * rough;
    vec3 light = mix(vec3(0.36, 0.35, 0.34), vec3(0.92, 0.94, 0.97), smoothstep(-spread, spread, d.z));
    light += vec3(1.5, 1.46, 1.4) * soft_box(d, vec3(-0.552938, -0.552938, 0.623312), 0.12, 0.06 + 0.5 * rough) * (1.0 - 0.72 * rough);
    light += vec3(0.85, 0.9, 1.0) * soft_box(d, vec3(0.917365, 0.254824, 0.305788), 0.06, 0.05 + 0.5 * rough) * (1.0 - 0.8 * rough);
    return light;
}

float glitter(float nh, float alpha) {
    float a2 = alpha * alpha;
    float d = nh * nh * (a2 - 1.0) + 1.0;
    return a2 / (3.14159265 * d * d);
}

vec3 lighting(vec3 n, vec3 v, float rough, vec3 albedo, vec3 diffuse, vec3 f0, vec3 share) {
    // Near the floor, and turned towards it, less of the room is seen.
    float above = clamp((pos.z - floor_height) / (reach * 0.16), 0.0, 1.0);
    float open = mix(mix(0.5, 0.86, above), 1.0, smoothstep(-0.5, 0.7, n.z));

    float shade = lit(n);
    float nv = max(dot(n, v), 0.02);
    float nl = max(dot(n, key_direction), 0.0);
    vec3 h = normalize(v + key_direction);
    float nh = max(dot(n, h), 0.0);
    float vh = max(dot(v, h), 0.0);
    float alpha = rough * rough;
    float k = alpha * 0.5;
    float visible = 1.0 / ((nl * (1.0 - k) + k) * (nv * (1.0 - k) + k) * 4.0 + 1e-4);
    float far = 1.0 - vh;
    vec3 fresnel = f0 + (1.0 - f0) * far * far * far * far * far;
    vec3 key = key_colour * nl * shade;
    vec3 sum = key * (diffuse + min(fresnel * visible * glitter(nh, alpha) * 0.8, vec3(4.0)));

    // Sky above, floor below, and the walls of a bright room; as light as the stills, so that the model does not darken when it replaces them.
    vec3 round = mix(vec3(0.20, 0.195, 0.19), vec3(0.37, 0.38, 0.395), smoothstep(-1.0, 1.0, n.z)) + 0.335 * (1.0 - n.z * n.z);
    round += vec3(0.20, 0.195, 0.19) * max(dot(n, vec3(-0.297775, -0.942954, 0.148888)), 0.0);
    sum += diffuse * round * open;
    return sum + studio(reflect(-v, n), rough) * share * open * mix(0.75, 1.0, shade);
}
