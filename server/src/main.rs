//! `fitout`: the server and its chores. The only composition root: everything is wired here and nowhere else.
#![recursion_limit = "256"] // the application is one wide type
#![allow(clippy::print_stdout, clippy::print_stderr)] // the command line speaks to a person

mod config;
mod demo;
mod pages;
mod render;
mod serve;
mod shop;
mod wiring;
mod workspaces;

use clap::{Parser, Subcommand};
use config::Config;
use std::process::ExitCode;

/// A third of a request's time went to the system's allocator: choices, parts and answers are many small things.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "fitout", version, about = "Furnishes real spaces: configure, price, make, look after.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve pages and API, and work on jobs.
    Serve {
        /// Make a demo organization with people in each role, and print their sign-ins.
        #[arg(long)]
        demo: bool,
        /// Leave the jobs to separate `fitout work` processes.
        #[arg(long)]
        no_workers: bool,
    },
    /// Work on jobs only. Needs the database and storage of the server.
    Work,
    /// Bring the database to the present version.
    Migrate,
    /// Make the demo organization; `--fresh` throws the old one away first.
    Demo {
        /// Throw the old demo organization away first.
        #[arg(long)]
        fresh: bool,
    },
    /// The audit log.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Workspaces: end one whose contract ended, and resume it.
    Workspace {
        #[command(subcommand)]
        command: WorkspaceCommand,
    },
}

#[derive(Subcommand)]
enum WorkspaceCommand {
    /// One line for each: id, short name, name, since when it is disabled.
    List,
    /// Shut it: its people read that it ended, its links and files stay closed, nothing is deleted.
    Disable {
        /// Its id or short name.
        workspace: String,
    },
    /// Open it again.
    Enable {
        /// Its id or short name.
        workspace: String,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Check every chain; exits with 1 and names the first bad entry if one is broken.
    Verify,
    /// Make what the logs say about a person unreadable for good: names, mail and network addresses, programs. Chains stay whole.
    Forget {
        /// The person's mail address.
        mail: String,
    },
}

fn main() -> ExitCode {
    let _ = dotenvy::dotenv();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,sqlx=warn,tower_http=warn,leptos=warn".into()))
        .json()
        .flatten_event(true)
        .with_writer(std::io::stderr)
        .init();
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return stop(&anyhow::anyhow!("the runtime did not start: {e}")),
    };
    match runtime.block_on(run(cli.command)) {
        Ok(code) => code,
        Err(e) => stop(&e),
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let config = Config::from_env()?;
    match command {
        Command::Serve { demo, no_workers } => serve::serve(config, demo, !no_workers).await?,
        Command::Work => serve::work(config).await?,
        Command::Migrate => {
            let wired = wiring::database(&config).await?;
            println!("The database is at the present version.");
            wired.stop().await;
        }
        Command::Demo { fresh } => {
            let wired = wiring::wire(&config).await?;
            for line in demo::make(&wired, fresh).await?.1 {
                println!("{line}");
            }
            wired.stop().await;
        }
        Command::Audit { command: AuditCommand::Verify } => {
            let wired = wiring::database(&config).await?;
            let bad = demo::verify_audit(&wired.store).await?;
            wired.stop().await;
            return Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
        Command::Audit { command: AuditCommand::Forget { mail } } => {
            let wired = wiring::database(&config).await?;
            let done = demo::forget(&wired.store, &mail).await;
            wired.stop().await;
            println!("{}", done?);
        }
        Command::Workspace { command } => {
            let wired = wiring::database(&config).await?;
            let done = match command {
                WorkspaceCommand::List => workspaces::list(&wired.store).await,
                WorkspaceCommand::Disable { workspace } => workspaces::set_disabled(&wired.store, &workspace, true).await,
                WorkspaceCommand::Enable { workspace } => workspaces::set_disabled(&wired.store, &workspace, false).await,
            };
            wired.stop().await;
            println!("{}", done?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One sentence for the person who typed the command.
fn stop(error: &anyhow::Error) -> ExitCode {
    eprintln!("fitout stopped: {error:#}");
    ExitCode::FAILURE
}
