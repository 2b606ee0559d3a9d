//! Tokens: the access JWT, and opaque ones of which only the SHA-256 is stored.

use contract::AppError;
use facade::Role;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

/// Life of an access token, seconds.
pub const ACCESS_SECONDS: i64 = 15 * 60;

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Person.
    pub sub: Uuid,
    /// Mail address.
    pub email: String,
    /// Role in the tenant, when the token was made. The session decides, not this.
    pub role: String,
    /// `resource:action`, for programs that read the token.
    pub permissions: Vec<String>,
    /// Workspace.
    pub tenant: Uuid,
    /// Made, seconds since 1970.
    pub iat: i64,
    /// Over, seconds since 1970.
    pub exp: i64,
    /// Session, so that signing out acts at once.
    pub sid: Uuid,
}

/// Life of a token of an embed's page, seconds.
pub const EMBED_SECONDS: i64 = 15 * 60;

/// How tokens of embeds begin, so that doors can tell them apart without reading them.
pub const EMBED_PREFIX: &str = "fte_";

/// What the token of an embed's page says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbedClaims {
    /// Public id of the embed.
    pub embed: String,
    /// Origin of the page around the frame.
    pub origin: String,
    /// Over, seconds since 1970.
    pub exp: i64,
}

/// Makes and reads tokens under one secret.
#[derive(Clone)]
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl Tokens {
    /// `secret`: at least 32 random bytes.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // Time is checked below against the server's own clock port, without leeway.
        validation.validate_exp = false;
        validation.validate_aud = false;
        Self { encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret), validation }
    }

    /// An access token for a person in a workspace.
    ///
    /// # Errors
    /// `Internal` if signing fails.
    pub fn access(&self, user: Uuid, email: &str, role: Role, tenant: Uuid, session: Uuid, now: OffsetDateTime) -> Result<String, AppError> {
        let iat = now.unix_timestamp();
        let claims = Claims {
            sub: user,
            email: email.to_owned(),
            role: role.as_str().to_owned(),
            permissions: role.permissions(),
            tenant,
            iat,
            exp: iat + ACCESS_SECONDS,
            sid: session,
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(|_| AppError::internal())
    }

    /// Reads an access token: signature, shape, time.
    ///
    /// # Errors
    /// `Unauthenticated` with code `token_invalid` or `token_expired`.
    pub fn read(&self, token: &str, now: OffsetDateTime) -> Result<Claims, AppError> {
        let claims = decode::<Claims>(token, &self.decoding, &self.validation)
            .map_err(|_| refused("token_invalid", "This access token is not valid. Sign in to go on."))?
            .claims;
        if claims.exp <= now.unix_timestamp() {
            return Err(refused("token_expired", "Your sign-in has run out. Sign in to go on."));
        }
        Ok(claims)
    }

    /// A token for the page of an embed.
    ///
    /// # Errors
    /// `Internal` if signing fails.
    pub fn embed(&self, embed: &str, origin: &str, now: OffsetDateTime) -> Result<String, AppError> {
        let claims = EmbedClaims { embed: embed.to_owned(), origin: origin.to_owned(), exp: now.unix_timestamp() + EMBED_SECONDS };
        let token = encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(|_| AppError::internal())?;
        Ok(format!("{EMBED_PREFIX}{token}"))
    }

    /// Reads such a token: signature, shape, time.
    ///
    /// # Errors
    /// `Unauthenticated` with code `token_invalid` or `token_expired`.
    pub fn read_embed(&self, token: &str, now: OffsetDateTime) -> Result<EmbedClaims, AppError> {
        let invalid = || refused("token_invalid", "This page may not ask any more. Load it again.");
        let token = token.strip_prefix(EMBED_PREFIX).ok_or_else(invalid)?;
        let claims = decode::<EmbedClaims>(token, &self.decoding, &self.validation).map_err(|_| invalid())?.claims;
        if claims.exp <= now.unix_timestamp() {
            return Err(refused("token_expired", "This page was open for long. Load it again."));
        }
        Ok(claims)
    }

    /// The child of a refresh token. Derived, not drawn: asked twice within the grace it is the same, though only its hash is stored.
    ///
    /// # Errors
    /// `Internal` if signing fails.
    pub fn child(&self, parent: &str) -> Result<String, AppError> {
        let mac = jsonwebtoken::crypto::sign(format!("refresh:{parent}").as_bytes(), &self.encoding, Algorithm::HS256).map_err(|_| AppError::internal())?;
        Ok(format!("ftr_{mac}"))
    }
}

fn refused(code: &str, detail: &str) -> AppError {
    AppError { code: code.to_owned(), detail: detail.to_owned(), ..AppError::unauthenticated() }
}

/// SHA-256 of a token: what is stored.
#[must_use]
pub fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).filter_map(|n| char::from_digit(u32::from(n), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Duration;

    #[test]
    fn tokens_are_read_back_until_they_are_over_and_never_under_another_secret() {
        let tokens = Tokens::new(b"a secret of thirty-two bytes ...");
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let (user, tenant, session) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let token = tokens.access(user, "ada@example.com", Role::Designer, tenant, session, now).expect("token");
        let claims = tokens.read(&token, now + Duration::minutes(14)).expect("valid");
        assert_eq!((claims.sub, claims.tenant, claims.sid, claims.role.as_str()), (user, tenant, session, "designer"));
        assert!(claims.permissions.contains(&"jobs:create".to_owned()));
        assert_eq!(tokens.read(&token, now + Duration::minutes(15)).expect_err("over").code, "token_expired");
        assert_eq!(Tokens::new(b"another secret of 32 bytes .....").read(&token, now).expect_err("forged").code, "token_invalid");
        let unsigned = format!("{}.{}.", "eyJhbGciOiJub25lIn0", token.split('.').nth(1).expect("claims"));
        assert_eq!(tokens.read(&unsigned, now).expect_err("unsigned").code, "token_invalid");
        assert_eq!(tokens.read("rubbish", now).expect_err("rubbish").code, "token_invalid");
    }

    #[test]
    fn tokens_of_embeds_are_no_access_tokens_and_the_other_way_round() {
        let tokens = Tokens::new(b"a secret of thirty-two bytes ...");
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let token = tokens.embed("emb_1", "https://shop.example", now).expect("token");
        let claims = tokens.read_embed(&token, now + Duration::minutes(14)).expect("valid");
        assert_eq!((claims.embed.as_str(), claims.origin.as_str()), ("emb_1", "https://shop.example"));
        assert_eq!(tokens.read_embed(&token, now + Duration::minutes(15)).expect_err("over").code, "token_expired");
        assert_eq!(tokens.read(&token, now).expect_err("no access token").code, "token_invalid");
        assert_eq!(tokens.read(token.trim_start_matches(EMBED_PREFIX), now).expect_err("no access token").code, "token_invalid");
        let id = Uuid::from_u128(1);
        let access = tokens.access(id, "ada@example.com", Role::Admin, id, id, now).expect("token");
        assert_eq!(tokens.read_embed(&format!("{EMBED_PREFIX}{access}"), now).expect_err("no embed's token").code, "token_invalid");
        assert_eq!(Tokens::new(b"another secret of 32 bytes .....").read_embed(&token, now).expect_err("forged").code, "token_invalid");
    }

    #[test]
    fn children_are_stable_and_depend_on_parent_and_secret() {
        let (a, b) = (Tokens::new(&[1; 32]), Tokens::new(&[2; 32]));
        assert_eq!(a.child("x").expect("child"), a.child("x").expect("child"));
        assert_ne!(a.child("x").expect("child"), a.child("y").expect("child"));
        assert_ne!(a.child("x").expect("child"), b.child("x").expect("child"));
    }

    #[test]
    fn bytes_are_written_as_hexadecimal() {
        assert_eq!(hex(&[0, 15, 255]), "000fff");
    }
}
