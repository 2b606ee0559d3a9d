// Modules travel in packs, many in one file: fewer requests, and bytes that compress together. A module is its place in SIZES, a set of modules is written
// in hexadecimal digits, four of them each. PACKS: name of a pack → its modules, in order. SPLITS: what is loaded together → packs and what is taken from
// each, its own module last.
const set = (digits) => SIZES.map((_, i) => i).filter((i) => parseInt(digits[i >> 2], 16) >> (i & 3) & 1);
const partsOf = (name) => (SPLITS[name] ?? []).flatMap(([pack, digits]) => set(digits).map((module) => [module, pack]));
const opened = new Map(), modules = new Map(), instances = new Map();

/** Promises of the bytes of each module of a pack; each is kept as soon as its part has arrived. */
function open(name) {
    const known = opened.get(name);
    if (known) return known;
    const file = `pack_${name}.bin`, parts = set(PACKS[name]);
    const settle = [];
    const bytes = new Map(parts.map((module) => [module, new Promise((ok, no) => settle.push([ok, no]))]));
    for (const promise of bytes.values()) promise.catch(() => {});
    opened.set(name, bytes);
    const read = async () => {
        const answer = await fetch(new URL(file, import.meta.url));
        if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
        const reader = answer.body.getReader();
        let part = 0, at = 0, into = new Uint8Array(SIZES[parts[0]]);
        for (;;) {
            const { done, value } = await reader.read();
            if (done) break;
            for (let from = 0; from < value.length && part < parts.length;) {
                const some = value.subarray(from, from + into.length - at);
                into.set(some, at);
                from += some.length;
                at += some.length;
                if (at < into.length) continue;
                settle[part][0](into);
                part += 1;
                at = 0;
                into = new Uint8Array(SIZES[parts[part]] ?? 0);
            }
        }
        if (part < parts.length) throw new Error(`${file} ended early`);
    };
    read().catch((error) => {
        // Not kept: whoever asks next tries again.
        opened.delete(name);
        for (const [, no] of settle) no(error);
    });
    return bytes;
}

/** Keeps what `make` promises, unless it fails. */
function once(kept, name, make) {
    let promise = kept.get(name);
    if (!promise) {
        promise = make();
        kept.set(name, promise);
        promise.catch(() => kept.delete(name));
    }
    return promise;
}

const compiled = ([name, pack]) => once(modules, name, () => open(pack).get(name).then((bytes) => WebAssembly.compile(bytes)));
const instance = (part) => once(instances, part[0], async () => WebAssembly.instantiate(await compiled(part), getSharedImports()));

function split(name) {
    return wrapAsyncCb(async () => {
        const parts = partsOf(name), own = parts.at(-1);
        const ready = compiled(own);
        ready.catch(() => {});
        await Promise.all(parts.slice(0, -1).map(instance));
        await instance(own);
    });
}

// What the page in the address will ask for is compiled while the main module still arrives: the picture first. What comes after it is fetched then, for
// it would share the line with it.
(async () => {
    for (const name of document.querySelector('script[data-splits]')?.dataset.splits.split(' ') ?? []) {
        await Promise.all(partsOf(name).map((part) => compiled(part).catch(() => {})));
    }
})();
