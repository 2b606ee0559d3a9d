//! The cage around a Blender process, put up between fork and exec, so that nothing of it can be taken down from inside.
//!
//! Best effort, wall by wall: what this system does not allow is left out, and [`Walls`] tells truly which ones stand.

use landlock::{ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated};
use landlock::{RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules};
use seccompiler::{BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule};
use std::collections::BTreeMap;
use std::ffi::CStr;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// Largest address space of a process, bytes.
const MEMORY: u64 = 6 << 30;
/// Largest file it may write, bytes.
const FILE: u64 = 1 << 30;
const OPEN_FILES: u64 = 512;
/// Seconds of processor time over a process's life: far above honest work, the pool's own limit is by the clock and per job.
const PROCESSOR: u64 = 2 * 60 * 60;
/// Processes and threads, counted within its own user namespace.
const TASKS: u64 = 256;

/// Which walls stand around a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walls(u8);

impl Walls {
    const NETWORK: u8 = 1;
    const USERS: u8 = 2;
    const LIMITS: u8 = 4;
    const FILES: u8 = 8;
    const CALLS: u8 = 16;
    const PRIVILEGES: u8 = 32;

    /// From the byte that the process sent before it became Blender.
    #[must_use]
    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// In words for people: what holds, and what does not hold on this system.
    #[must_use]
    pub fn words(self) -> String {
        let all = [
            (Self::NETWORK, "no network"),
            (Self::USERS, "own user namespace"),
            (Self::FILES, "no files but its scratch folder"),
            (Self::CALLS, "system calls filtered, no new processes"),
            (Self::LIMITS, "limits on memory, processor time, file size and open files"),
            (Self::PRIVILEGES, "no new privileges"),
        ];
        let pick = |stands: bool| all.iter().filter(|(bit, _)| (self.0 & bit != 0) == stands).map(|(_, words)| *words).collect::<Vec<_>>().join("; ");
        let (stands, lacks) = (pick(true), pick(false));
        if lacks.is_empty() { stands } else { format!("{stands}. Not in force on this system: {lacks}").trim_start_matches(". ").to_owned() }
    }
}

/// Folders and files that Blender and Python read besides their own installation.
const READABLE: &[&str] = &[
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/fonts",
    "/dev/urandom",
    "/dev/random",
    "/dev/zero",
    "/sys/devices/system",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm/overcommit_memory",
];

/// Where the installation behind `executable` lies: its folder, the environment it belongs to, and what a link leads to.
fn installation(executable: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut add = |program: &Path| {
        let Some(folder) = program.parent() else {
            return;
        };
        let root = if folder.ends_with("bin") { folder.parent().unwrap_or(folder) } else { folder };
        // Never the whole disk, whatever the configuration says.
        found.push(if root.parent().is_none() { folder.to_path_buf() } else { root.to_path_buf() });
    };
    add(executable);
    if let Ok(real) = executable.canonicalize() {
        add(&real);
    }
    if let Some(root) = executable.parent().and_then(Path::parent)
        && let Ok(text) = std::fs::read_to_string(root.join("pyvenv.cfg"))
        && let Some(home) = text.lines().find_map(|l| l.strip_prefix("home").map(|r| r.trim_start_matches([' ', '=']).trim()))
    {
        add(&Path::new(home).join("python"));
    }
    found
}

fn files(executable: &Path, scripts: &Path, scratch: &Path) -> Option<RulesetCreated> {
    let abi = ABI::V6;
    let read = AccessFs::from_read(abi);
    let readable = installation(executable).into_iter().chain([scripts.to_path_buf()]).chain(READABLE.iter().map(PathBuf::from));
    let build = || -> Result<RulesetCreated, landlock::RulesetError> {
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(abi))?
            .handle_access(AccessNet::from_all(abi))?
            .scope(Scope::from_all(abi))?
            .create()?
            .add_rules(path_beneath_rules(readable, read))?
            .add_rules(path_beneath_rules(["/dev/null"], read | AccessFs::WriteFile | AccessFs::Truncate))?
            .add_rules(path_beneath_rules([scratch], (read & !AccessFs::Execute) | AccessFs::from_write(abi)))
    };
    match build() {
        Ok(rules) => Some(rules),
        Err(e) => {
            tracing::warn!(error = %e, "Landlock is not usable here");
            None
        }
    }
}

fn compile(rules: BTreeMap<i64, Vec<SeccompRule>>, errno: i32) -> Option<BpfProgram> {
    let arch = std::env::consts::ARCH.try_into().ok()?;
    let action = SeccompAction::Errno(u32::try_from(errno).ok()?);
    SeccompFilter::new(rules, SeccompAction::Allow, action, arch).ok()?.try_into().ok()
}

/// Two programs: one that answers "not permitted", one that answers "no such call" where libraries then take the older call.
fn calls() -> Option<[BpfProgram; 2]> {
    let mut denied: Vec<i64> = vec![
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_kcmp,
        libc::SYS_pidfd_getfd,
        libc::SYS_pidfd_send_signal,
        libc::SYS_kill,
        libc::SYS_tkill,
        libc::SYS_rt_sigqueueinfo,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_move_mount,
        libc::SYS_open_tree,
        libc::SYS_fsopen,
        libc::SYS_fsconfig,
        libc::SYS_fsmount,
        libc::SYS_fspick,
        libc::SYS_mount_setattr,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_kexec_load,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_reboot,
        libc::SYS_swapon,
        libc::SYS_swapoff,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_keyctl,
        libc::SYS_setns,
        libc::SYS_unshare,
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_open_by_handle_at,
        libc::SYS_name_to_handle_at,
        libc::SYS_settimeofday,
        libc::SYS_clock_settime,
        libc::SYS_adjtimex,
        libc::SYS_clock_adjtime,
        libc::SYS_acct,
        libc::SYS_quotactl,
        libc::SYS_syslog,
        libc::SYS_sethostname,
        libc::SYS_setdomainname,
        libc::SYS_personality,
        libc::SYS_mknodat,
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_listen,
    ];
    #[cfg(target_arch = "x86_64")]
    denied.extend([libc::SYS_fork, libc::SYS_vfork, libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_mknod, libc::SYS_kexec_file_load]);
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = denied.into_iter().map(|n| (n, Vec::new())).collect();
    // Threads are fine, processes are not.
    let thread = u64::try_from(libc::CLONE_THREAD).ok()?;
    let no_thread = SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(thread), 0).ok()?;
    rules.insert(libc::SYS_clone, vec![SeccompRule::new(vec![no_thread]).ok()?]);
    let unknown = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    Some([compile(rules, libc::EPERM)?, compile(unknown, libc::ENOSYS)?])
}

/// Arranges that `command` starts inside a cage whose only writable folder is `scratch`. The returned end of a pipe yields one byte, the
/// bits of [`Walls`], once the process has started.
///
/// # Errors
/// No pipe could be made.
pub(crate) fn enclose(command: &mut Command, executable: &Path, scripts: &Path, scratch: &Path) -> io::Result<OwnedFd> {
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    let mut rules = files(executable, scripts, scratch);
    let filters = calls();
    let parent = std::process::id();
    // The process sees itself as user 1000; outside it stays who it was.
    let uid_map = format!("1000 {} 1", rustix::process::geteuid().as_raw());
    let gid_map = format!("1000 {} 1", rustix::process::getegid().as_raw());
    command.process_group(0);
    let put_up = move || {
        let mut walls = 0;
        walls |= namespaces(&uid_map, &gid_map);
        walls |= limits(walls & Walls::USERS != 0);
        die_with(parent)?;
        if let Some(rules) = rules.take()
            && confine(rules)
        {
            walls |= Walls::FILES;
        }
        if rustix::thread::set_no_new_privs(true).is_ok() {
            walls |= Walls::PRIVILEGES;
        }
        if let Some([refused, unknown]) = &filters
            && seccompiler::apply_filter(refused).is_ok()
            && seccompiler::apply_filter(unknown).is_ok()
        {
            walls |= Walls::CALLS;
        }
        rustix::io::write(&writer, &[walls])?;
        Ok(())
    };
    // SAFETY: everything costly (rules, filters, strings, the pipe) is made before the fork. Between fork and exec only system calls run, but
    // for one small allocation when the rule for /proc/self is added, which glibc allows after a fork.
    #[allow(unsafe_code)]
    unsafe {
        command.pre_exec(put_up);
    }
    Ok(reader)
}

fn namespaces(uid_map: &str, gid_map: &str) -> u8 {
    use rustix::thread::UnshareFlags as Flags;
    let apart = Flags::NEWNET | Flags::NEWIPC | Flags::NEWUTS;
    if unshare(Flags::NEWUSER | apart) {
        // The order is the kernel's: groups can only be mapped once they can't be changed.
        let mapped = write_to(c"/proc/self/setgroups", "deny") && write_to(c"/proc/self/gid_map", gid_map) && write_to(c"/proc/self/uid_map", uid_map);
        return Walls::NETWORK | if mapped { Walls::USERS } else { 0 };
    }
    // Where user namespaces are off, root can still take the network away.
    if unshare(apart) { Walls::NETWORK } else { 0 }
}

#[allow(unsafe_code)]
fn unshare(flags: rustix::thread::UnshareFlags) -> bool {
    // SAFETY: the process has one thread and shares no file descriptor table; it is about to become another program.
    unsafe { rustix::thread::unshare_unsafe(flags) }.is_ok()
}

fn write_to(path: &CStr, text: &str) -> bool {
    use rustix::fs::{Mode, OFlags};
    rustix::fs::open(path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())
        .and_then(|file| rustix::io::write(&file, text.as_bytes()))
        .is_ok_and(|written| written == text.len())
}

fn limits(own_users: bool) -> u8 {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let set = |what: Resource, most: u64| setrlimit(what, Rlimit { current: Some(most), maximum: Some(most) }).is_ok();
    let stands =
        set(Resource::As, MEMORY) & set(Resource::Fsize, FILE) & set(Resource::Nofile, OPEN_FILES) & set(Resource::Core, 0) & set(Resource::Cpu, PROCESSOR);
    // Outside a namespace of its own this would count every process of the user.
    let tasks = !own_users || set(Resource::Nproc, TASKS);
    // Web requests come first.
    let _ = rustix::process::nice(5);
    if stands && tasks { Walls::LIMITS } else { 0 }
}

/// The process ends with the server, however that ends.
fn die_with(parent: u32) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    let still = rustix::process::getppid().is_some_and(|p| u32::try_from(p.as_raw_nonzero().get()) == Ok(parent));
    // The server may have gone between the fork and the line above.
    if still { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::ESRCH)) }
}

fn confine(rules: RulesetCreated) -> bool {
    // Only now is it known which folder below /proc is its own.
    let own = PathFd::new("/proc/self").map(|fd| PathBeneath::new(fd, AccessFs::from_read(ABI::V6)));
    let rules = match own {
        Ok(rule) => rules.add_rule(rule),
        Err(_) => Ok(rules),
    };
    rules.and_then(RulesetCreated::restrict_self).is_ok_and(|done| done.ruleset != RulesetStatus::NotEnforced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_honest_about_missing_walls() {
        let all = Walls(63).words();
        assert!(all.contains("no network") && !all.contains("Not in force"), "{all}");
        let some = Walls(Walls::LIMITS | Walls::PRIVILEGES).words();
        assert!(some.starts_with("limits on memory") && some.contains("Not in force on this system: no network"), "{some}");
        assert!(Walls(0).words().starts_with("Not in force"));
    }

    #[test]
    fn an_installation_is_its_own_folders_and_never_the_disk() {
        let home = tempfile::tempdir().expect("folder");
        let venv = home.path().join("venv");
        std::fs::create_dir_all(venv.join("bin")).expect("folder");
        std::fs::write(venv.join("pyvenv.cfg"), "home = /opt/python/bin\nversion = 3.11").expect("file");
        std::os::unix::fs::symlink("/usr/bin/env", venv.join("bin/python")).expect("link");
        let found = installation(&venv.join("bin/python"));
        assert_eq!(found, [venv, PathBuf::from("/usr"), PathBuf::from("/opt/python")]);
        assert_eq!(installation(Path::new("/bin/none")), [PathBuf::from("/bin")]);
    }
}
