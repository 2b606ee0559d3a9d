//! Configurators on other sites: settings, the page inside the frame, its tokens, and the questions that come from it.

mod ask;
mod settings;

use crate::Services;
use crate::errors::Refuse;
use crate::fields::{id as read_id, limit};
use crate::inner::{Inner, found};
use crate::times::stamp;
use crate::{idempotency, posters, prices, products, trail};
use async_trait::async_trait;
use contract::*;
use facade::{Actor, Caller, Ctx, Download, Embeds, Outcome, Permission};
use serde_json::{Value, json};
use settings::{Checked, origin_of};
use store::embeds::{self as rows, Use};
use store::{TenantScope, TenantTx};
use uuid::Uuid;

#[async_trait]
impl Embeds for Services {
    async fn list(&self, ctx: &Ctx) -> Outcome<Vec<Embed>> {
        ctx.require(Permission::EmbedsRead)?;
        let mut tx = self.0.tx(ctx).await?;
        Ok(rows::list(&mut tx).await.refuse()?.into_iter().map(|row| shown(&self.0, row)).collect())
    }

    async fn get(&self, ctx: &Ctx, id: &str) -> Outcome<Embed> {
        ctx.require(Permission::EmbedsRead)?;
        let mut tx = self.0.tx(ctx).await?;
        reread(&self.0, &mut tx, read_id(id, "embed")?).await
    }

    async fn create(&self, ctx: &Ctx, settings: EmbedSettings) -> Outcome<Embed> {
        ctx.require(Permission::EmbedsWrite)?;
        let checked = Checked::of(&settings)?;
        let id = self.0.ports.ids.id();
        let public_id = format!("emb_{}", self.0.ports.ids.token());
        let mut tx = self.0.tx(ctx).await?;
        rows::create(&mut tx, id, &public_id, &checked.row()).await.refuse()?;
        let made = reread(&self.0, &mut tx, id).await?;
        trail::note(&self.0, &mut tx, "embed.created", id.to_string().as_str(), None, Some(&state(&made))).await?;
        idempotency::keep(&mut tx, &ctx.caller, &made).await?;
        tx.commit().await.refuse()?;
        Ok(made)
    }

    async fn change(&self, ctx: &Ctx, id: &str, settings: EmbedSettings, if_match: Option<i64>) -> Outcome<Embed> {
        ctx.require(Permission::EmbedsWrite)?;
        let id = read_id(id, "embed")?;
        let checked = Checked::of(&settings)?;
        let mut tx = self.0.tx(ctx).await?;
        let before = reread(&self.0, &mut tx, id).await?;
        if !rows::update(&mut tx, id, &checked.row(), if_match).await.refuse()? {
            return Err(AppError::not_found("embed"));
        }
        let after = reread(&self.0, &mut tx, id).await?;
        trail::note(&self.0, &mut tx, "embed.changed", id.to_string().as_str(), Some(&state(&before)), Some(&state(&after))).await?;
        tx.commit().await.refuse()?;
        Ok(after)
    }

    async fn delete(&self, ctx: &Ctx, id: &str, if_match: Option<i64>) -> Outcome<()> {
        ctx.require(Permission::EmbedsWrite)?;
        let id = read_id(id, "embed")?;
        let mut tx = self.0.tx(ctx).await?;
        let before = reread(&self.0, &mut tx, id).await?;
        rows::delete(&mut tx, id, if_match).await.refuse()?;
        trail::note(&self.0, &mut tx, "embed.deleted", id.to_string().as_str(), Some(&state(&before)), None).await?;
        tx.commit().await.refuse()
    }

    async fn open(&self, caller: &Caller, public_id: &str, sku: Option<String>, choices: ConfigData, price: PriceFor) -> Outcome<EmbedPage> {
        let place = Place::find(&self.0, caller, public_id).await?;
        let mut page = EmbedPage {
            public_id: place.embed.public_id.clone(),
            organization: place.organization.clone(),
            origins: place.embed.origins.clone(),
            theme: theme(&place.embed.theme),
            closed: place.closed(),
            configurator: None,
        };
        if page.closed.is_some() {
            return Ok(page);
        }
        match place.product(&self.0, sku.as_deref()).await? {
            Ok(id) => {
                let (product, version) = products::current(&self.0, &place.ctx, id).await?;
                // Its settings say whose prices it shows, and they are today's.
                let price = PriceFor { customer: None, date: None, ..price };
                let priced = prices::priced(&self.0, &place.ctx, &version, &price).await?;
                let mut data = products::page_data(&self.0, &place.ctx, &product, &priced.version, choices).await?;
                data.pricing = prices::pricing(&self.0, &place.ctx, &priced, &version.compiled.currency).await?;
                data.sketch = format!("/api/v1/embeds/{}/drawing.svg?product={}&version={}", place.embed.public_id, data.card.sku, data.version);
                page.configurator = Some(data);
            }
            Err(_) => page.closed = Some("The product of this page is not on offer at present.".to_owned()),
        }
        Ok(page)
    }

    async fn sketch(&self, caller: &Caller, public_id: &str, sku: Option<String>, choices: ConfigData) -> Outcome<Download> {
        let place = Place::find(&self.0, caller, public_id).await?;
        let missing = || AppError::not_found("picture");
        if place.closed().is_some() {
            return Err(missing());
        }
        let id = place.product(&self.0, sku.as_deref()).await?.map_err(|_| missing())?;
        let (_, version) = products::current(&self.0, &place.ctx, id).await?;
        posters::poster(&self.0, &version, choices).await
    }

    async fn check(&self, caller: &Caller, public_id: &str, origin: &str, sku: Option<String>) -> Outcome<EmbedCheck> {
        let place = match Place::find(&self.0, caller, public_id).await {
            Ok(place) => place,
            Err(error) if error.kind == ErrorKind::NotFound => {
                let unknown = format!("There is no embed {public_id}. Copy the snippet from Fitout's page for embeds once more: its id begins with emb_.");
                return Ok(EmbedCheck { ok: false, problems: vec![unknown] });
            }
            Err(error) => return Err(error),
        };
        let mut problems = Vec::new();
        if place.disabled {
            problems.push("The workspace of this embed is switched off.".to_owned());
        } else if !place.embed.enabled {
            problems.push("This embed is switched off. Switch it on in its settings.".to_owned());
        }
        match origin_of(origin) {
            Ok(origin) if place.allows(&self.0, &origin) => {}
            Ok(origin) => problems.push(format!("{origin} is not among the addresses that may show this embed. Add it in its settings.")),
            Err(why) => problems.push(format!("A page at “{}” can't show an embed: {why}", crate::fields::shorten(origin, 100))),
        }
        if let Err(why) = place.product(&self.0, sku.as_deref()).await? {
            problems.push(why);
        }
        Ok(EmbedCheck { ok: problems.is_empty(), problems })
    }

    async fn token(&self, caller: &Caller, public_id: &str, request: NewEmbedToken) -> Outcome<EmbedToken> {
        let place = Place::find(&self.0, caller, public_id).await?;
        if let Some(closed) = place.closed() {
            return Err(AppError::new(ErrorKind::Forbidden, "embed_closed", closed));
        }
        let origin = origin_of(&request.origin).map_err(|why| AppError::invalid_at("/origin", why))?;
        if !place.allows(&self.0, &origin) {
            return Err(AppError::new(
                ErrorKind::Forbidden,
                "origin_not_allowed",
                format!("{origin} is not among the addresses that may show this embed. Add it in its settings."),
            ));
        }
        let token = self.0.tokens.embed(&place.embed.public_id, &origin, self.0.now())?;
        let mut tx = self.0.system(place.ctx.tenant).await?;
        rows::count(&mut tx, place.embed.id, Use::Opened, self.0.now()).await.refuse()?;
        tx.commit().await.refuse()?;
        Ok(EmbedToken { token, expires_in: crate::tokens::EMBED_SECONDS })
    }

    async fn authenticate(&self, caller: &Caller, token: &str) -> Outcome<Ctx> {
        let claims = self.0.tokens.read_embed(token, self.0.now())?;
        let over = || AppError {
            code: "token_invalid".to_owned(),
            detail: "This page may not ask any more. Load it again.".to_owned(),
            ..AppError::unauthenticated()
        };
        let place = match Place::find(&self.0, caller, &claims.embed).await {
            Err(error) if error.kind == ErrorKind::NotFound => return Err(over()),
            found => found?,
        };
        // It, or its workspace, was switched off since the token was made, or the address taken off the list.
        if place.closed().is_some() || !place.allows(&self.0, &claims.origin) {
            return Err(over());
        }
        let actor = Actor::Embed { id: place.embed.id, origin: claims.origin, product: place.embed.product_id, customer: place.embed.customer.clone() };
        Ok(Ctx { actor, ..place.ctx })
    }

    async fn used(&self, ctx: &Ctx, event: EmbedUse) -> Outcome<()> {
        ctx.require(Permission::LeadsCreate)?;
        let Actor::Embed { id, .. } = &ctx.actor else { return Err(AppError::forbidden("the page of an embed")) };
        if event.event != "changed" {
            return Err(AppError::invalid_at("/event", "An event is \"changed\"."));
        }
        let mut tx = self.0.tx(ctx).await?;
        rows::count(&mut tx, *id, Use::Changed, self.0.now()).await.refuse()?;
        tx.commit().await.refuse()
    }

    async fn ask(&self, ctx: &Ctx, request: NewLead) -> Outcome<LeadReceipt> {
        ctx.require(Permission::LeadsCreate)?;
        ask::ask(self, ctx, request).await
    }

    async fn leads(&self, ctx: &Ctx, page: PageRequest) -> Outcome<Page<Lead>> {
        ctx.require(Permission::LeadsRead)?;
        let mut tx = self.0.tx(ctx).await?;
        let found = rows::leads(&mut tx, limit(page.limit)?, page.cursor.as_deref()).await.refuse()?;
        Ok(Page { items: found.items.into_iter().map(ask::shown).collect(), next_cursor: found.next })
    }
}

/// An embed as somebody without an account finds it.
struct Place {
    embed: rows::Embed,
    organization: String,
    /// Its workspace is switched off.
    disabled: bool,
    /// Of the page inside the frame; no origin is proven yet.
    ctx: Ctx,
}

impl Place {
    async fn find(inner: &Inner, caller: &Caller, public_id: &str) -> Outcome<Self> {
        let missing = || AppError::not_found("embed");
        if !public_id.starts_with("emb_") || public_id.len() > 64 {
            return Err(missing());
        }
        let mut public = inner.store.public().await.refuse()?;
        let (tenant, id, disabled) = rows::find(&mut public, public_id).await.refuse()?.ok_or_else(missing)?;
        drop(public);
        let organization = inner.organization(tenant).await?.ok_or_else(missing)?;
        let mut tx = inner.store.tenant(&TenantScope::system(tenant)).await.refuse()?;
        let embed = rows::get(&mut tx, id).await.refuse()?.ok_or_else(missing)?;
        let actor = Actor::Embed { id, origin: String::new(), product: embed.product_id, customer: embed.customer.clone() };
        Ok(Self { ctx: Ctx { actor, tenant, caller: caller.clone() }, embed, organization, disabled })
    }

    /// Why visitors get nothing to configure.
    fn closed(&self) -> Option<String> {
        (self.disabled || !self.embed.enabled).then(|| format!("This configurator is closed at present. Please ask {}.", self.organization))
    }

    /// Our own address may always: settings show a preview.
    fn allows(&self, inner: &Inner, origin: &str) -> bool {
        self.embed.origins.iter().any(|o| o == origin) || origin_of(&inner.config.public_url).is_ok_and(|own| own == origin)
    }

    /// The product that a page shows, or why it can't: for whoever sets the page up.
    async fn product(&self, inner: &Inner, sku: Option<&str>) -> Outcome<Result<Uuid, String>> {
        let mut tx = inner.tx(&self.ctx).await?;
        let row = match (self.embed.product_id, sku) {
            (Some(id), _) => store::products::get(&mut tx, id).await.refuse()?,
            (None, Some(sku)) => store::products::by_sku(&mut tx, sku).await.refuse()?,
            (None, None) => return Ok(Err("This embed shows any product, so the page has to name one: product=\"SKU\".".to_owned())),
        };
        Ok(match (row, sku) {
            (Some(row), Some(sku)) if row.sku != sku => Err(format!("This embed shows {} alone, not {sku}.", row.sku)),
            (Some(row), _) if row.published_version.is_some() => Ok(row.id),
            (Some(row), _) => Err(format!("{} is a draft. Publish it first.", row.sku)),
            (None, _) => Err(format!("There is no product {}.", sku.unwrap_or("with this id"))),
        })
    }
}

fn theme(stored: &Value) -> EmbedTheme {
    serde_json::from_value(stored.clone()).unwrap_or_default()
}

fn shown(inner: &Inner, row: rows::Embed) -> Embed {
    Embed {
        script_url: inner.address("/embed.js"),
        id: row.id.to_string(),
        public_id: row.public_id,
        name: row.name,
        product_id: row.product_id.map(|id| id.to_string()),
        origins: row.origins,
        theme: theme(&row.theme),
        notify: row.notify,
        customer: row.customer,
        enabled: row.enabled,
        opened: row.opened,
        changed: row.changed,
        leads: row.leads,
        created_at: stamp(row.created_at),
        updated_at: stamp(row.updated_at),
        revision: row.revision,
    }
}

async fn reread(inner: &Inner, tx: &mut TenantTx, id: Uuid) -> Outcome<Embed> {
    Ok(shown(inner, found(rows::get(tx, id).await.refuse()?, "embed")?))
}

/// What the audit log keeps of it.
fn state(e: &Embed) -> Value {
    json!({ "name": e.name, "product_id": e.product_id, "origins": e.origins, "theme": e.theme, "email": e.notify, "customer": e.customer, "enabled": e.enabled })
}
