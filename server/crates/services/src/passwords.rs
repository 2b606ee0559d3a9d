//! Passwords: argon2id for new ones, bcrypt accepted where it was imported, and the check for guessable ones.
//!
//! Hashing takes 19 MiB and tens of milliseconds of a core on purpose, so it runs beside the async threads and only so many at once:
//! a burst of sign-ins waits in line instead of eating the memory.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use contract::{AppError, ErrorKind};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Shortest password, in characters.
pub const SHORTEST: usize = 10;
/// Longest password, in bytes: longer ones only cost time.
pub const LONGEST: usize = 256;

/// How dear a hash is. The default is OWASP's first choice for argon2id (19 MiB, 2 passes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2 }
    }
}

impl Cost {
    /// For tests: as cheap as argon2 goes.
    #[must_use]
    pub fn cheap() -> Self {
        Self { memory_kib: 64, passes: 1 }
    }
}

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords {
    argon: Argon2<'static>,
    /// A hash of nothing anybody knows: checked for unknown accounts, so that they take as long as known ones.
    decoy: Arc<str>,
    turns: Arc<Semaphore>,
}

impl Passwords {
    /// `at_once`: hashes computed at the same time.
    ///
    /// # Errors
    /// Parameters that argon2 refuses.
    pub fn new(cost: Cost, at_once: usize) -> Result<Self, String> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|e| e.to_string())?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let unknown = uuid::Uuid::new_v4();
        let decoy = argon.hash_password(unknown.as_bytes()).map_err(|e| e.to_string())?.to_string();
        Ok(Self { argon, decoy: decoy.into(), turns: Arc::new(Semaphore::new(at_once.max(1))) })
    }

    /// Hashes a new password (PHC string).
    ///
    /// # Errors
    /// `Internal` if the machine has no randomness or memory.
    pub async fn hash(&self, password: &str) -> Result<String, AppError> {
        let (argon, password) = (self.argon.clone(), password.to_owned());
        self.aside(move || argon.hash_password(password.as_bytes()).map(|h| h.to_string()).map_err(|_| AppError::internal())).await?
    }

    /// Whether `password` fits `hash`; with `None` (no such account) it takes as long and answers false.
    ///
    /// # Errors
    /// `Internal` if the check could not run.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, AppError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.decoy).to_owned();
        let (argon, password) = (self.argon.clone(), password.to_owned());
        let fits = self
            .aside(move || {
                if hash.starts_with("$2") {
                    return bcrypt::verify(&password, &hash).unwrap_or(false);
                }
                PasswordHash::new(&hash).is_ok_and(|parsed| argon.verify_password(password.as_bytes(), &parsed).is_ok())
            })
            .await?;
        Ok(fits && known)
    }

    async fn aside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let _turn =
            tokio::time::timeout(std::time::Duration::from_secs(10), self.turns.acquire()).await.map_err(|_| busy())?.map_err(|_| AppError::internal())?;
        tokio::task::spawn_blocking(work).await.map_err(|_| AppError::internal())
    }
}

fn busy() -> AppError {
    AppError {
        retry_after: Some(5),
        ..AppError::new(ErrorKind::Unavailable, "busy", "Too many people are signing in at this moment. Try again in a few seconds.")
    }
}

/// Why a password is not good enough, or `None` when it is. `own` are words that a guesser would try first (mail address, names).
#[must_use]
pub fn weakness(password: &str, own: &[&str]) -> Option<String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Some(format!("Use at least {SHORTEST} characters; a few words in a row are easy to remember."));
    }
    if password.len() > LONGEST {
        return Some(format!("Use at most {LONGEST} characters."));
    }
    let plain = password.to_lowercase();
    let letters: String = plain.chars().map(unleet).filter(|c| c.is_alphanumeric()).collect();
    // "password2026!" is no better than "password": what is left without digits and signs at the ends is looked at too.
    let stem = plain.trim_matches(|c: char| !c.is_alphabetic());
    let stem: String = stem.chars().map(unleet).collect();
    if COMMON.contains(&plain.as_str()) || COMMON_STEMS.iter().any(|s| stem == *s || letters == *s || is_repeat(&letters, s)) {
        return Some("This password is among the first that a guesser tries. Choose another.".to_owned());
    }
    if is_repeat_of_few(&plain) || is_sequence(&plain) {
        return Some("This is a simple row of characters. Choose something less regular.".to_owned());
    }
    for word in own.iter().flat_map(|w| w.split(['@', ' ', '.'])).filter(|w| w.chars().count() >= 4) {
        let word = word.to_lowercase();
        if plain == word || stem == word || (plain.contains(&word) && length < word.chars().count() + 5) {
            return Some("The password holds your own name or address and little else. Choose another.".to_owned());
        }
    }
    None
}

fn unleet(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

fn is_repeat(text: &str, unit: &str) -> bool {
    !unit.is_empty() && text.len() > unit.len() && text.len().is_multiple_of(unit.len()) && text.split(unit).all(str::is_empty)
}

/// At most three different characters, or one short block over and over.
fn is_repeat_of_few(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let mut different = chars.clone();
    different.sort_unstable();
    different.dedup();
    different.len() <= 3 || (1..=4).any(|n| chars.chunks(n).all(|c| chars.starts_with(c)))
}

/// A run along the alphabet, the digits or a keyboard row, forwards or backwards.
fn is_sequence(text: &str) -> bool {
    const ROWS: [&str; 6] = [
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890123456789",
        "qwertyuiopasdfghjklzxcvbnm",
        "qwertzuiopasdfghjklyxcvbnm",
        "azertyuiopqsdfghjklmwxcvbn",
        "1q2w3e4r5t6z7u8i9o0p",
    ];
    let back: String = text.chars().rev().collect();
    ROWS.iter().any(|row| row.contains(text) || row.contains(&back))
}

/// Common ones of ten characters and more, whole.
const COMMON: [&str; 44] = [
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "qwerty12345",
    "qwerty123456",
    "qwertyuiop",
    "qwertyuiop123",
    "zaq12wsxcde3",
    "q1w2e3r4t5",
    "q1w2e3r4t5y6",
    "abcd123456",
    "abc1234567",
    "abcdef1234",
    "a123456789",
    "aa12345678",
    "123456789a",
    "1234567890",
    "12345678910",
    "0987654321",
    "9876543210",
    "0123456789",
    "1122334455",
    "1111111111",
    "0000000000",
    "123123123123",
    "147258369",
    "1472583690",
    "asdfghjkl1",
    "asdfghjkl123",
    "asdf1234567",
    "zxcvbnm123",
    "zxcvbnm1234",
    "iloveyou12",
    "iloveyou123",
    "passw0rd123",
    "p@ssw0rd123",
    "p@ssword123",
    "pa$$word123",
    "qazwsxedc1",
    "qazwsxedcrfv",
    "changeme123",
    "letmein1234",
    "welcome1234",
    "trustno1trustno1",
];

/// Words that stay common with digits or signs around them.
const COMMON_STEMS: [&str; 64] = [
    "password",
    "passwort",
    "passw0rd",
    "passphrase",
    "motdepasse",
    "contrasena",
    "letmein",
    "letmeinnow",
    "welcome",
    "welcomeback",
    "administrator",
    "admin",
    "administration",
    "qwerty",
    "qwertz",
    "azerty",
    "asdfghjkl",
    "iloveyou",
    "iloveyousomuch",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "basketball",
    "superman",
    "batman",
    "spiderman",
    "princess",
    "sunshine",
    "shadow",
    "michael",
    "jennifer",
    "computer",
    "internet",
    "master",
    "changeme",
    "default",
    "secret",
    "topsecret",
    "supersecret",
    "starwars",
    "pokemon",
    "liverpool",
    "manchester",
    "chelsea",
    "arsenal",
    "barcelona",
    "chocolate",
    "butterfly",
    "whatever",
    "trustno",
    "hallo",
    "hello",
    "helloworld",
    "testtest",
    "testing",
    "abcdefghij",
    "correcthorsebatterystaple",
    "fitout",
    "fitoutfitout",
    "furniture",
    "guest",
    "temporary",
    "summer",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessable_passwords_are_refused_and_others_pass() {
        let own = ["ada.lovelace@example.com", "Ada Lovelace"];
        for bad in [
            "short",
            "password12",
            "Password2026!",
            "P@ssw0rd123",
            "1234567890",
            "aaaaaaaaaaaa",
            "abababababab",
            "qwertyuiop",
            "zyxwvutsrq",
            "lovelace12",
            "passwordpassword",
            "summer2026!!",
        ] {
            assert!(weakness(bad, &own).is_some(), "{bad}");
        }
        for good in ["oak and linen 42", "tarn-desk-walnut", "pelican umbrella", "Lovelace walks home late"] {
            assert_eq!(weakness(good, &own), None, "{good}");
        }
        assert!(weakness(&"x9 ".repeat(200), &own).is_some());
    }

    #[tokio::test]
    async fn argon2_and_bcrypt_hashes_are_checked_and_unknown_accounts_never_fit() {
        let passwords = Passwords::new(Cost::cheap(), 2).expect("parameters");
        let hash = passwords.hash("oak and linen 42").await.expect("hash");
        assert!(hash.starts_with("$argon2id$"));
        assert!(passwords.verify("oak and linen 42", Some(&hash)).await.expect("check"));
        assert!(!passwords.verify("oak and linen 43", Some(&hash)).await.expect("check"));
        let imported = bcrypt::hash("from the old shop", 4).expect("bcrypt");
        assert!(passwords.verify("from the old shop", Some(&imported)).await.expect("check"));
        assert!(!passwords.verify("from the new shop", Some(&imported)).await.expect("check"));
        assert!(!passwords.verify("anything at all", None).await.expect("check"));
        assert!(!passwords.verify("anything at all", Some("not a hash")).await.expect("check"));
    }
}
