//! The pool against real Blender (`BLENDER_PATH`) and against workers that misbehave (`tests/workers`).

mod fixture;

use super::*;
use fixture::{desk, one_of_each, request};
use std::time::Instant as Clock;

/// The Python that has Blender; `.ci/setup` installs it.
fn blender_path() -> PathBuf {
    match std::env::var_os("BLENDER_PATH") {
        Some(path) => path.into(),
        None => panic!("BLENDER_PATH is not set: run .ci/setup, then `source .ci/env`"),
    }
}

fn config(data: &Path) -> PoolConfig {
    PoolConfig { timeout: Duration::from_secs(120), ..PoolConfig::new(blender_path(), data) }
}

/// This crate's folder. Asked when it runs, for what was built may have been built in another checkout with the same cache.
fn own_folder() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests").into()
}

/// Where the misbehaving workers are kept.
fn workers() -> PathBuf {
    own_folder().join("tests/workers")
}

/// A pool whose worker is a copy of one of the scripts in `tests/workers`: a pool notes Blender's version beside its scripts.
fn pool_of(name: &str, data: &Path, change: impl FnOnce(&mut PoolConfig)) -> Arc<Pool> {
    let mut config = config(data);
    change(&mut config);
    let mut pool = Pool::new(config);
    let scripts = data.join("workers").join(name);
    std::fs::create_dir_all(&scripts).expect("a folder for the script");
    std::fs::copy(workers().join(name).join("worker.py"), scripts.join("worker.py")).unwrap_or_else(|e| panic!("{name}: {e}"));
    Arc::get_mut(&mut pool).expect("nobody else has it yet").scripts = Ok(scripts);
    pool
}

async fn build(pool: &Pool, request: BuildRequest) -> Result<Built, BlenderError> {
    let (progress, _closed) = mpsc::unbounded_channel();
    pool.build(request, progress, CancellationToken::new()).await
}

fn alive(pid: u32) -> bool {
    // A zombie has ended as well.
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|s| !s.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}

async fn gone(pid: u32) -> bool {
    for _ in 0..100 {
        if !alive(pid) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[tokio::test]
async fn the_desk_is_exact_and_the_same_each_time() {
    let data = tempfile::tempdir().expect("folder");
    let pool = Pool::new(config(data.path()));
    let (send, mut receive) = mpsc::unbounded_channel();
    let cold = Clock::now();
    let wanted = request(desk(), &[Artefact::Glb, Artefact::Usdz]);
    let first = pool.build(wanted.clone(), send, CancellationToken::new()).await.expect("built");
    let cold = cold.elapsed();

    let close = first.bounding_box_mm.iter().zip(wanted.parts.bounding_box_mm).all(|(a, b)| (a - b).abs() <= 1.0);
    assert!(close, "{:?}", first.bounding_box_mm);
    assert!(first.glb.as_ref().is_some_and(|g| g.len() > 10_000) && first.usdz.is_some() && first.still.is_none());
    assert!(first.blender_version.starts_with(|c: char| c.is_ascii_digit()), "{}", first.blender_version);
    assert!(first.peak_memory > 50 << 20);
    let mut steps = Vec::new();
    while let Ok(p) = receive.try_recv() {
        steps.push(p);
    }
    assert!(steps.is_sorted_by_key(|p| p.percent), "{steps:?}");
    assert!(steps.iter().any(|p| p.step.starts_with("Building parts, ")) && steps.iter().any(|p| p.step == "Writing GLB"), "{steps:?}");

    let mut warm = Vec::new();
    for _ in 0..5 {
        let begun = Clock::now();
        let again = build(&pool, request(desk(), &[Artefact::Glb])).await.expect("built again");
        warm.push(begun.elapsed());
        assert_eq!(again.glb, first.glb, "the same parts give the same bytes");
    }
    warm.sort();
    assert!(warm[2] < cold / 2, "warm {warm:?}, cold {cold:?}");
    let status = pool.status().await;
    assert_eq!((status.ready, status.busy, status.problem), (1, 0, None));
    assert_eq!(status.version.as_deref(), Some(first.blender_version.as_str()));
    assert!(pool.generator().ends_with(&first.blender_version));
    // Another server in the same folder knows the version before it has started anything.
    assert_eq!(Pool::new(config(data.path())).generator(), pool.generator());

    // A fresh process writes the same file too.
    let fresh = Pool::new(config(data.path()));
    assert_eq!(build(&fresh, request(desk(), &[Artefact::Glb])).await.expect("built").glb, first.glb);
    spoiled(&first, &wanted);
}

/// Files that were damaged on their way are found out, and never end the server.
fn spoiled(built: &Built, wanted: &BuildRequest) {
    let (glb, usdz) = (built.glb.clone().unwrap_or_default(), built.usdz.clone().unwrap_or_default());
    for cut in [0, 3, 11, 19, 200, glb.len() / 2, glb.len() - 1] {
        assert!(check::glb(&glb[..cut], &wanted.parts).is_err(), "cut at {cut}");
        assert!(check::usdz(&usdz[..cut.min(usdz.len() - 1)]).is_err(), "cut at {cut}");
    }
    let mut seed = 1_u64;
    for _ in 0..400 {
        let mut broken = glb.to_vec();
        for _ in 0..3 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Mostly the head and the description, where a wrong number leads furthest.
            let at = usize::try_from(seed >> 33).unwrap_or(0) % broken.len().min(30_000);
            broken[at] = (seed >> 20) as u8;
        }
        let _ = check::glb(&broken, &wanted.parts);
    }
    let mut fewer = wanted.parts.clone();
    fewer.parts.pop();
    assert!(check::glb(&glb, &fewer).is_err_and(|e| e.contains("not asked for")));
    let mut larger = wanted.parts.clone();
    larger.bounding_box_mm[0] += 2.0;
    assert!(check::glb(&glb, &larger).is_err_and(|e| e.contains("instead of")));
    let mut renamed = wanted.parts.clone();
    renamed.parts[0].id = "other".into();
    assert!(check::glb(&glb, &renamed).is_err());
    let mut bigger = wanted.parts.clone();
    bigger.parts[0].size_mm[2] += 2.0;
    assert!(check::glb(&glb, &bigger).is_err_and(|e| e.contains("measures")));
}

#[tokio::test]
async fn every_shape_fills_its_box_in_every_direction() {
    let data = tempfile::tempdir().expect("folder");
    let pool = Pool::new(config(data.path()));
    for parts in one_of_each() {
        let ids = parts.parts.iter().map(|p| p.id.clone()).collect::<Vec<_>>();
        build(&pool, request(parts, &[Artefact::Glb])).await.unwrap_or_else(|e| panic!("{ids:?}: {e}"));
    }
}

#[tokio::test]
async fn two_pictures_come_from_one_camera() {
    let data = tempfile::tempdir().expect("folder");
    let pool = Pool::new(config(data.path()));
    let built = build(&pool, request(desk(), &[Artefact::Still])).await.expect("built");
    let still = built.still.expect("pictures");
    // Both were checked for transparency and shape; a picture of nothing would be tiny.
    assert!(still.solid.len() > 10_000, "{}", still.solid.len());
    assert!(still.drawing.len() > 1_500 && still.drawing.len() < still.solid.len(), "{}", still.drawing.len());
    assert!(check::picture(&still.solid[..still.solid.len() - 1]).is_err());
}

#[tokio::test]
async fn one_turn_is_a_film_that_browsers_play() {
    let data = tempfile::tempdir().expect("folder");
    let pool = Pool::new(config(data.path()));
    let mut small = desk();
    small.parts.truncate(1);
    let built = build(&pool, request(small, &[Artefact::Turntable])).await.expect("built");
    let film = built.turntable.expect("a film");
    assert!(film.len() > 20_000, "{}", film.len());
    // H.264 is what every browser and phone plays.
    assert!(film.windows(4).any(|w| w == b"avc1"));
    assert!(check::film(&film[..film.len() - 1]).is_err() && check::film(b"").is_err() && check::film(&film[32..]).is_err());
}

#[tokio::test]
async fn parts_that_cannot_be_are_refused_by_name_and_the_process_goes_on() {
    let data = tempfile::tempdir().expect("folder");
    let pool = Pool::new(config(data.path()));
    let mut wrong = desk();
    if let Some(product::Shape::Panel { holes, .. }) = wrong.parts.first_mut().map(|p| &mut p.shape) {
        holes.push(product::Hole::Round { at: [3.0, 3.0], diameter: 80.0 });
    }
    let refused = build(&pool, request(wrong, &[Artefact::Glb])).await;
    assert!(matches!(&refused, Err(BlenderError::Refused(why)) if why.contains("“top”") && why.contains("edge")), "{refused:?}");
    assert!(!refused.is_err_and(|e| e.recoverable()));
    let mut unknown = request(desk(), &[Artefact::Glb]);
    unknown.materials.clear();
    assert!(matches!(build(&pool, unknown).await, Err(BlenderError::Refused(why)) if why.contains("material")));
    assert_eq!(pool.status().await.ready, 1);
    build(&pool, request(desk(), &[Artefact::Glb])).await.expect("the same process builds on");
}

#[tokio::test]
async fn a_killed_process_is_replaced() {
    let data = tempfile::tempdir().expect("folder");
    let pool = pool_of("good", data.path(), |_| {});
    pool.prewarm().await.expect("started");
    let first = pool.lock().idle.first().and_then(Worker::id).expect("a process");
    let pid = rustix::process::Pid::from_raw(i32::try_from(first).expect("pid")).expect("pid");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("killed");
    assert!(gone(first).await);
    let built = build(&pool, request(desk(), &[])).await.expect("built by another");
    assert_eq!(built.run_ms, 7);
    assert_ne!(pool.lock().idle.first().and_then(Worker::id), Some(first));
    assert_eq!(pool.status().await.ready, 1);
}

#[tokio::test]
async fn a_version_is_noted_beside_the_copied_script_and_never_in_the_repository() {
    let data = tempfile::tempdir().expect("folder");
    let pool = pool_of("good", data.path(), |_| {});
    pool.prewarm().await.expect("started");
    let names = |folder: PathBuf| -> Vec<String> {
        std::fs::read_dir(folder).expect("a folder").flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect()
    };
    assert!(names(data.path().join("workers/good")).iter().any(|n| n.starts_with("version-")), "the pool notes the version");
    let kept = names(workers());
    assert!(kept.len() >= 5, "{kept:?}");
    for worker in kept {
        assert_eq!(names(workers().join(&worker)), ["worker.py"], "a test wrote into tests/workers/{worker}");
    }
}

#[tokio::test]
async fn a_crash_says_how_it_ended() {
    let data = tempfile::tempdir().expect("folder");
    let pool = pool_of("crash", data.path(), |_| {});
    let error = build(&pool, request(desk(), &[])).await.expect_err("it crashed");
    assert!(matches!(&error, BlenderError::Crashed(why) if why.contains("signal 6") && why.contains("the roof is on fire")), "{error}");
    assert!(error.recoverable());
    let status = pool.status().await;
    assert_eq!((status.ready, status.busy), (0, 0));
    let left = std::fs::read_dir(data.path().join("blender/scratch")).expect("folder").count();
    assert_eq!(left, 0, "scratch folders go with their process");
}

#[tokio::test]
async fn a_hang_is_ended_by_the_clock() {
    let data = tempfile::tempdir().expect("folder");
    let pool = pool_of("hang", data.path(), |c| c.timeout = Duration::from_secs(5));
    let (send, mut steps) = mpsc::unbounded_channel();
    let begun = Clock::now();
    let error = pool.build(request(desk(), &[]), send, CancellationToken::new()).await.expect_err("too long");
    assert_eq!(error, BlenderError::TimedOut(5));
    assert!(begun.elapsed() < Duration::from_secs(9));
    let pid = steps.recv().await.and_then(|p| p.step.parse().ok()).expect("its number");
    assert!(gone(pid).await);
}

#[tokio::test]
async fn cancelling_kills_at_once_and_frees_the_place() {
    let data = tempfile::tempdir().expect("folder");
    let pool = pool_of("hang", data.path(), |c| c.max_concurrent = 1);
    let (send, mut steps) = mpsc::unbounded_channel();
    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let (pool, cancel) = (Arc::clone(&pool), cancel.clone());
        async move { pool.build(request(desk(), &[]), send, cancel).await }
    });
    let pid = steps.recv().await.and_then(|p| p.step.parse().ok()).expect("its number");
    assert!(alive(pid) && pool.status().await.busy == 1);
    // One that waits for the only place is cancelled as well, without a process.
    let waiting = CancellationToken::new();
    waiting.cancel();
    let (send, _closed) = mpsc::unbounded_channel();
    assert_eq!(pool.build(request(desk(), &[]), send, waiting).await, Err(BlenderError::Cancelled));
    let begun = Clock::now();
    cancel.cancel();
    assert_eq!(running.await.expect("no panic"), Err(BlenderError::Cancelled));
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(gone(pid).await);
    assert_eq!(pool.status().await.busy, 0);
}

#[tokio::test]
async fn rubbish_is_not_taken_for_a_model() {
    let data = tempfile::tempdir().expect("folder");
    let pool = pool_of("rubbish", data.path(), |_| {});
    let cases =
        [("noise", "answered"), ("endless", "never ends"), ("nothing", "model.glb"), ("text", "not a GLB"), ("link", "model.glb"), ("folder", "not a file")];
    for (kind, words) in cases {
        let mut order = request(desk(), &[Artefact::Glb]);
        order.name = kind.into();
        let error = build(&pool, order).await.expect_err(kind);
        assert!(matches!(&error, BlenderError::BadOutput(why) if why.contains(words)), "{kind}: {error}");
        assert!(error.recoverable());
        assert_eq!(pool.status().await.ready, 0, "{kind}: a process that errs is not used again");
    }
}

#[tokio::test]
async fn without_blender_the_server_runs_and_says_so() {
    let data = tempfile::tempdir().expect("folder");
    let file = own_folder().join("Cargo.toml");
    let file = file.to_str().expect("UTF-8");
    for (path, words) in [("", "BLENDER_PATH is not set"), ("/nowhere/blender", "there is no /nowhere/blender"), (file, "not a program")] {
        let pool = Pool::new(PoolConfig::new(path, data.path()));
        let status = pool.status().await;
        assert!(status.problem.as_deref().is_some_and(|p| p.contains(words)), "{status:?}");
        assert_eq!(status.version, None);
        let error = build(&pool, request(desk(), &[Artefact::Glb])).await.expect_err("no Blender");
        assert!(matches!(&error, BlenderError::NotInstalled(why) if why.contains(words)), "{error}");
        assert!(!error.recoverable());
    }
    // A Python without the module is no Blender either.
    let pool = Pool::new(PoolConfig::new("/usr/bin/python3", data.path()));
    let error = build(&pool, request(desk(), &[Artefact::Glb])).await.expect_err("no module");
    assert!(matches!(error, BlenderError::NotInstalled(_)), "{error}");
    assert!(pool.status().await.problem.is_some());
}

#[tokio::test]
async fn processes_are_recycled_after_their_jobs() {
    let data = tempfile::tempdir().expect("folder");
    let pool = pool_of("good", data.path(), |c| c.recycle_jobs = 2);
    let mut seen = Vec::new();
    for _ in 0..4 {
        build(&pool, request(desk(), &[])).await.expect("built");
        seen.push(pool.lock().idle.first().and_then(Worker::id));
    }
    assert!(seen[0].is_some() && seen[1].is_none() && seen[2].is_some() && seen[3].is_none(), "{seen:?}");
    assert_ne!(seen[0], seen[2]);
}

#[tokio::test]
async fn a_process_that_has_grown_too_large_is_replaced() {
    let data = tempfile::tempdir().expect("folder");
    for (limit, kept) in [(1 << 20, false), (1 << 40, true)] {
        let pool = pool_of("good", data.path(), |c| c.recycle_memory = limit);
        build(&pool, request(desk(), &[])).await.expect("built");
        assert_eq!(!pool.lock().idle.is_empty(), kept, "{limit} bytes");
    }
}

#[tokio::test]
async fn no_more_than_allowed_run_at_once() {
    let data = tempfile::tempdir().expect("folder");
    let pool = pool_of("good", data.path(), |_| {});
    let jobs: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn({
                let pool = Arc::clone(&pool);
                async move { build(&pool, request(desk(), &[])).await }
            })
        })
        .collect();
    for job in jobs {
        job.await.expect("no panic").expect("built");
    }
    let ready = pool.status().await.ready;
    assert!((1..=2).contains(&ready), "{ready}");
    let pids: Vec<u32> = pool.lock().idle.iter().filter_map(Worker::id).collect();
    pool.stop().await;
    for pid in pids {
        assert!(gone(pid).await);
    }
}

/// The kernel ends a process whose launcher has gone, as when the server is killed: here nobody else could.
#[tokio::test]
async fn a_process_does_not_outlive_the_server() {
    let data = tempfile::tempdir().expect("folder");
    let pool = pool_of("good", data.path(), |_| {});
    pool.prewarm().await.expect("started");
    let worker = pool.lock().idle.pop().expect("a process");
    let pid = worker.id().expect("its number");
    std::mem::forget(worker);
    assert!(alive(pid));
    drop(pool);
    assert!(gone(pid).await);
}

/// What a process inside the cage managed to do; see `tests/workers/cage/worker.py`.
#[tokio::test]
async fn the_cage_holds() {
    let data = tempfile::tempdir().expect("folder");
    let secret = data.path().join("secret");
    std::fs::write(&secret, "a tenant's file").expect("file");
    let other = data.path().join("blender/scratch/p1-0");
    std::fs::create_dir_all(&other).expect("folder");
    std::fs::write(other.join("model.glb"), "another job's file").expect("file");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("port");
    let pool = pool_of("cage", data.path(), |_| {});
    let mut order = request(desk(), &[]);
    order.job = serde_json::json!({
        "secret": secret, "other": other.join("model.glb"), "outside": data.path().join("written"),
        "port": listener.local_addr().expect("address").port(), "server": std::process::id(),
    })
    .to_string();
    let (send, mut receive) = mpsc::unbounded_channel();
    pool.build(order, send, CancellationToken::new()).await.expect("the script ends");
    let mut found = std::collections::BTreeMap::new();
    while let Ok(p) = receive.try_recv() {
        let (what, outcome) = p.step.split_once('=').expect("what=outcome");
        found.insert(what.to_owned(), outcome.to_owned());
    }
    let words = pool.status().await.cage;
    assert_eq!(found.get("own folder").map(String::as_str), Some("done"), "{found:?}");
    assert_eq!(found.get("environment").map(String::as_str), Some("clean"), "{found:?}");
    assert_eq!(found.get("threads").map(String::as_str), Some("done"), "{found:?}");
    let mut denied = |wall: &str, tries: &[&str]| {
        // Where the system lacks a wall the status must say so, and this test can't ask for more.
        let Some(lacks) = words.split("Not in force").nth(1).filter(|l| l.contains(wall)).map(str::to_owned) else {
            for what in tries {
                assert!(found.remove(*what).is_some_and(|o| o.starts_with("denied")), "{what} was not denied: {found:?} ({words})");
            }
            return;
        };
        assert!(!lacks.is_empty());
    };
    denied("no files", &["read shadow", "read secret", "read other job", "read root home", "write outside", "write tmp", "list server"]);
    denied("no network", &["connect"]);
    denied("system calls", &["fork", "socket", "ptrace", "mount", "kill server", "unshare", "subprocess"]);
    denied("limits", &["large file", "memory"]);
    assert!(!data.path().join("written").exists());
}
