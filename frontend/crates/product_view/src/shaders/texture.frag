// Surfaces drawn on the GPU once: brightness about one half of each channel; everything repeats at the edges. The formulas and numbers are
// those of the exact model's pictures (server/blender/materials.py); a grain of n pixels there is 1024 / n cells along and 512 / n across here.
uniform vec4 grain;      // rings, wave, contrast, fibre
uniform vec3 pores;      // pores, flame, kind: 0 wood, 1 stone, 2 lino, 3 brushed, 4 woven, 5 felt
uniform vec2 lattice;    // seed, unused

in vec2 uv;
out vec4 colour;

uint scramble(uint x) {
    x ^= x >> 16; x *= 0x7feb352du; x ^= x >> 15; x *= 0x846ca68bu; x ^= x >> 16;
    return x;
}

float random(ivec2 cell, float seed) {
    uint h = scramble(uint(cell.x) + scramble(uint(cell.y) + scramble(uint(int(seed)))));
    return float(h >> 8) / 16777216.0 * 2.0 - 1.0;
}

// Smooth noise with so many cells along and across, repeating. Mean about 0, spread 1.
float noise(vec2 at, vec2 cells, float seed) {
    vec2 p = at * cells;
    vec2 f = fract(p);
    ivec2 n = ivec2(cells);
    ivec2 i = ivec2(floor(p));
    ivec2 a = ((i % n) + n) % n;
    ivec2 b = (a + 1) % n;
    f = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    return 2.22 * mix(mix(random(a, seed), random(ivec2(b.x, a.y), seed), f.x), mix(random(ivec2(a.x, b.y), seed), random(b, seed), f.x), f.y);
}

// Fine noise whose rare values are as rare as those of a bell curve: pores and specks are cut out of them.
float bell(vec2 cells, float seed) {
    return 0.577 * (noise(uv, cells, seed) + noise(uv, cells, seed + 20.0) + noise(uv, cells, seed + 40.0));
}

void main() {
    float seed = lattice.x;
    float kind = pores.z;
    float light = 1.0;
    float band = 0.0;
    if (kind < 0.5) {
        float drift = 0.95 * noise(uv, vec2(1.0, 8.0), seed) + 0.31 * noise(uv, vec2(2.0, 8.0), seed + 50.0);
        float warp = drift * grain.y + noise(uv, vec2(4.0, 20.0), seed + 1.0) * grain.y * 0.16;
        float swell = noise(uv, vec2(1.0, 4.0), seed + 2.0) * pores.y;
        float phase = uv.y * grain.x + warp + swell;
        float saw = fract(phase);
        float late = saw < 0.78 ? pow(saw / 0.78, 2.2) : pow((1.0 - saw) / 0.22, 1.2);
        float strength = 0.55 + 0.45 * tanh(noise(uv, vec2(1.0, 8.0), seed + 3.0));
        band = (late - 0.4) * strength;
        light -= grain.z * band;
        light += grain.w * noise(uv, vec2(6.0, 245.0), seed + 4.0);
        // So few cells have a mean of their own; against itself, shifted, it is none, and the wood keeps its colour.
        float broad = 0.707 * (noise(uv, vec2(1.0, 13.0), seed + 5.0) - noise(uv + vec2(0.0, 0.5), vec2(1.0, 13.0), seed + 5.0));
        light += grain.z * 0.3 * broad;
        if (pores.x > 0.0) light -= pores.x * clamp((bell(vec2(23.0, 300.0), seed + 6.0) - 1.55) / 0.9, 0.0, 1.0) * (0.35 + 0.65 * late);
    } else if (kind < 1.5) {
        light += grain.x * (noise(uv, vec2(9.0, 4.0), seed) * 0.6 + noise(uv, vec2(30.0, 15.0), seed + 1.0) * 0.4);
        float fine = bell(vec2(427.0, 213.0), seed + 2.0);
        light += grain.y * (clamp(fine - 1.4, 0.0, 1.5) - clamp(-fine - 1.3, 0.0, 1.5));
        float field = abs(noise(uv, vec2(5.0, 3.0), seed + 3.0) + 0.35 * noise(uv, vec2(20.0, 12.0), seed + 4.0));
        light -= grain.z * exp(-pow(field / 0.05, 1.1));
    } else if (kind < 2.5) {
        light += 0.014 * noise(uv, vec2(73.0, 57.0), seed) + 0.012 * noise(uv, vec2(341.0, 213.0), seed + 1.0) + 0.008 * noise(uv, vec2(11.0, 8.0), seed + 2.0);
    } else if (kind < 3.5) {
        light += 0.022 * noise(uv, vec2(4.0, 320.0), seed);
    } else if (kind < 4.5) {
        vec2 cell = uv * vec2(256.0, 128.0);
        float over = mod(floor(cell.x) + floor(cell.y), 2.0);
        float thread = sin(fract(over > 0.5 ? cell.x : cell.y) * 3.14159265);
        light += grain.x * (thread - 0.64) + 0.03 * noise(uv, vec2(17.0, 171.0), seed) + 0.03 * noise(uv, vec2(341.0, 9.0), seed + 1.0);
    } else {
        light += 0.035 * noise(uv, vec2(341.0, 171.0), seed) + 0.008 * noise(uv, vec2(34.0, 17.0), seed + 1.0);
    }
    light = clamp(light, 0.2, 1.6);
    // Grain is not only darker, it is warmer: blue falls more than red.
    vec3 shade = pow(vec3(light), vec3(0.86, 1.0, 1.18)) * (1.0 - band * vec3(0.0, 0.012, 0.03));
    colour = vec4(shade * 0.5, 1.0);
}
