//! Compiles again when a migration changes: `sqlx::migrate!` embeds the folder, and cargo does not see that by itself.
fn main() {
    println!("cargo:rerun-if-changed=../../../migrations");
}
