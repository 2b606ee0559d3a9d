// A room that was photographed. What a thing hides from itself is looked up in depth maps from all around it.
uniform float peak;          // radiance of the brightest texel of the picture
uniform vec3 received[9];    // by white matt surfaces, spherical harmonics
uniform sampler2D room;      // what is mirrored: an atlas of five levels
uniform vec4 ways[32];       // directions, and how light it is there
uniform mat4 way_matrices[32];
uniform sampler2DArray way_maps;

vec3 tile(float level, vec2 at) {
    vec2 size = vec2(128.0, 64.0) / exp2(level);
    vec2 corner = vec2(1.0, 128.0 * (1.0 - exp2(-level)) + 2.0 * level + 1.0);
    vec2 place = (corner + at * size) / vec2(130.0, 134.0);
    // The picture's rows are counted from below.
    vec3 c = textureLod(room, vec2(place.x, 1.0 - place.y), 0.0).rgb;
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

// How much of the room a point sees: what matt surfaces receive, and around the direction that is mirrored.
vec2 seen(vec3 n, vec3 mirror, float rough) {
    // Neighbouring pixels look from places of their own on the surface around, so that no edge of a map shows (J. Jimenez, Next Generation Post
    // Processing in Call of Duty, 2014). Above it by what a map's pixel is wide.
    float turn = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715)))) * 6.2831853;
    vec3 side = normalize(abs(n.z) > 0.7 ? vec3(n.z, 0.0, -n.x) : vec3(n.y, -n.x, 0.0)), up = cross(n, side);
    float sharp = mix(24.0, 2.0, rough);
    vec2 open = vec2(1e-3), all = open;
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 32; i++) {
            float facing = dot(n, ways[i].xyz);
            if (facing <= 0.0) continue;
            vec2 weight = vec2(facing, pow(max(dot(mirror, ways[i].xyz), 1e-3), sharp)) * ways[i].w;
            float angle = turn + float(i) * 2.39996323 + float(round) * 1.57079633;
            // Half a thin panel at most, or it would look out behind the next one.
            float aside = min((0.005 + 0.002 * float(round)) * reach, 9.0);
            vec3 p = pos + n * (0.004 * reach) + (side * cos(angle) + up * sin(angle)) * aside;
            vec3 m = (way_matrices[i] * vec4(p, 1.0)).xyz * 0.5 + 0.5;
            // What lies outside a map, since things moved, is hidden by nothing in it.
            bool outside = max(max(abs(m.x - 0.5), abs(m.y - 0.5)), m.z - 0.5) > 0.5;
            open += weight * (outside ? 1.0 : step(m.z - 0.0005, textureLod(way_maps, vec3(m.xy, float(i)), 0.0).r));
            all += weight;
        }
        // In the open one look is enough.
        if (open.x > 0.97 * all.x && open.y > 0.97 * all.y) break;
    }
    return open / all;
}

vec3 lighting(vec3 n, vec3 v, float rough, vec3 albedo, vec3 diffuse, vec3 f0, vec3 share) {
    vec3 mirror = reflect(-v, n);
    vec2 open = seen(n, mirror, rough);
    // Where nothing of the room is seen, some of its light comes round corners.
    open.x = max(open.x, 0.08);
    // What hides the room gives back some of its light (J. Jimenez et al., Practical Realtime Strategies for Accurate Indirect Occlusion, 2016).
    vec3 a = 2.0404 * albedo - 0.3324, b = 0.6417 - 4.7951 * albedo, c = 2.7552 * albedo + 0.6903;
    vec3 around = max(vec3(open.x), ((open.x * a + b) * open.x + c) * open.x);
    // The window is part of all that is received; it has a shadow of its own.
    vec3 window = key_colour * max(dot(n, key_direction), 0.0);
    vec3 all = max(diffused(n) - window, 0.0) * around + window * lit(n);
    // What is mirrored does not get in.
    float in_share = 1.0 - max(share.r, max(share.g, share.b));
    return diffuse * in_share * all + mirrored(mirror, rough) * share * open.y;
}
