// Surfaces drawn on the GPU once: brightness about one half of each channel; everything repeats at the edges. The formulas and numbers are
// those of the exact model's pictures (server/blender/materials.py); a grain of n pixels there is 1024 / n cells along and 512 / n across here.
uniform vec4 grain;      // rings, wave, contrast, fibre
uniform vec3 pores;      // pores, flame, kind: 0 wood, 1 stone, 2 lino, 3 brushed, 4 woven, 5 felt, 6 leather, 7 bouclé
uniform vec4 octaves[11]; // cells along, cells across, seed, shift across
uniform int count;       // of them

in vec2 uv;
out vec4 colour;

uint scramble(uint x) {
    x ^= x >> 16; x *= 0x7feb352du; x ^= x >> 15; x *= 0x846ca68bu; x ^= x >> 16;
    return x;
}

// Of a cell whose row was scrambled before.
float random(int along, uint row) {
    return float(scramble(uint(along) + row) >> 8) / 16777216.0 * 2.0 - 1.0;
}

// Smooth noise with so many cells along and across, repeating, anywhere from 0 to 2. Mean about 0, spread 1. Without GPU the processor draws this
// before the first frame: no division, and a row is scrambled once.
float noise(vec2 at, vec2 cells, float seed) {
    vec2 p = at * cells;
    vec2 f = fract(p);
    ivec2 n = ivec2(cells);
    ivec2 a = ivec2(floor(p));
    a -= n * ivec2(greaterThanEqual(a, n));
    ivec2 b = a + 1;
    b -= n * ivec2(greaterThanEqual(b, n));
    f = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    uint start = scramble(uint(int(seed)));
    uint low = scramble(uint(a.y) + start), high = scramble(uint(b.y) + start);
    return 2.22 * mix(mix(random(a.x, low), random(b.x, low), f.x), mix(random(a.x, high), random(b.x, high), f.x), f.y);
}

// Fine noise whose rare values are as rare as those of a bell curve: pores and specks are cut out of them.
float bell(float a, float b, float c) {
    return 0.577 * (a + b + c);
}

void main() {
    // One copy of the noise for all of it: where the processor draws, turning the shader into code takes longer than drawing.
    float v[11];
    for (int i = 0; i < count; i++) v[i] = noise(uv + vec2(0.0, octaves[i].w), octaves[i].xy, octaves[i].z);
    float kind = pores.z;
    float light = 1.0;
    float band = 0.0;
    if (kind < 0.5) {
        float warp = (0.95 * v[0] + 0.31 * v[1]) * grain.y + v[2] * grain.y * 0.16;
        float phase = uv.y * grain.x + warp + v[3] * pores.y;
        float saw = fract(phase);
        float late = saw < 0.78 ? pow(saw / 0.78, 2.2) : pow((1.0 - saw) / 0.22, 1.2);
        band = (late - 0.4) * (0.55 + 0.45 * tanh(v[4]));
        light -= grain.z * band;
        light += grain.w * v[5];
        // So few cells have a mean of their own; against itself, shifted, it is none, and the wood keeps its colour.
        float broad = 0.707 * (v[6] - v[7]);
        light += grain.z * 0.3 * broad;
        light -= pores.x * clamp((bell(v[8], v[9], v[10]) - 1.55) / 0.9, 0.0, 1.0) * (0.35 + 0.65 * late);
    } else if (kind < 1.5) {
        light += grain.x * (v[0] * 0.6 + v[1] * 0.4);
        float fine = bell(v[2], v[3], v[4]);
        light += grain.y * (clamp(fine - 1.4, 0.0, 1.5) - clamp(-fine - 1.3, 0.0, 1.5));
        float field = abs(v[5] + 0.35 * v[6]);
        light -= grain.z * exp(-pow(field / 0.05, 1.1));
    } else if (kind < 2.5) {
        light += 0.014 * v[0] + 0.012 * v[1] + 0.008 * v[2];
    } else if (kind < 3.5) {
        light += 0.022 * v[0];
    } else if (kind < 4.5) {
        vec2 cell = uv * vec2(256.0, 128.0);
        float over = mod(floor(cell.x) + floor(cell.y), 2.0);
        float thread = sin(fract(over > 0.5 ? cell.x : cell.y) * 3.14159265);
        light += grain.x * (thread - 0.64) + 0.03 * v[0] + 0.03 * v[1];
    } else if (kind < 5.5) {
        light += 0.035 * v[0] + 0.008 * v[1];
    } else if (kind < 6.5) {
        light += 0.014 * v[2] - grain.x * (exp(abs(v[0]) / -0.2) + 0.5 * exp(abs(v[1]) / -0.2) - 0.25);
    } else {
        light += 0.03 * v[2] - grain.x * (exp(abs(v[0]) / -0.4) + 0.8 * exp(abs(v[1]) / -0.4) - 0.51);
    }
    light = clamp(light, 0.2, 1.6);
    // Grain is not only darker, it is warmer: blue falls more than red.
    vec3 shade = pow(vec3(light), vec3(0.86, 1.0, 1.18)) * (1.0 - band * vec3(0.0, 0.012, 0.03));
    colour = vec4(shade * 0.5, 1.0);
}
