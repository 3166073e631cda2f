//! Stripe's webhooks: charges, refunds, invoices and subscriptions under our standard names.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::arrive::{Arrived, Ignored};
use crate::call::Call;
use crate::codes;
use crate::fault::Fault;
use crate::instant;
use crate::judge::{Bad, Judge, nothing, refuse};
use crate::money::major;
use crate::parts::{Made, Parts, items};
use crate::read::text;
use crate::reply::Form;

/// Reads a webhook, whose signature must have been checked before ([`crate::check_stripe`]).
pub(crate) fn read(call: &Call<'_>, mut judge: Judge<'_>) -> Result<Arrived, Fault> {
    let body = text(call.body)?.trim();
    crate::scan::Scan::new(body).value()?;
    let bad = || {
        let message = "an event needs `id`, `type` and `data.object`";
        Fault::new(400, codes::BAD_WEBHOOK, message)
    };
    let event = Parts::of(body).ok_or_else(bad)?;
    let data = event.object("data");
    let hook = Hook {
        id: event.said("id").ok_or_else(bad)?.into_owned(),
        kind: event.said("type").ok_or_else(bad)?.into_owned(),
        object: data
            .raw_object("object")
            .and_then(Parts::of)
            .ok_or_else(bad)?,
        previous: data.object("previous_attributes"),
        event,
    };
    let mut arrived = nothing(Form::Success);
    if hook.event.truth("livemode") == Some(false) {
        hook.ignore("test_mode", &mut arrived);
        return Ok(arrived);
    }
    match hook.made() {
        Ok(lines) => {
            for (index, line) in lines.iter().enumerate() {
                judge.take_made(index, line, body, &mut arrived);
            }
        }
        Err(Not::Ignored(reason)) => hook.ignore(reason, &mut arrived),
        Err(Not::Bad(message)) => {
            let (code, message) = (codes::BAD_WEBHOOK, message.to_owned());
            let id = Some(hook.id.clone());
            refuse(&mut arrived, 0, id, Bad { code, message }, body);
        }
    }
    Ok(arrived)
}

/// Why an event means no call.
enum Not {
    Ignored(&'static str),
    Bad(&'static str),
}

struct Hook<'a> {
    id: String,
    kind: String,
    event: Parts<'a>,
    object: Parts<'a>,
    previous: Parts<'a>,
}

impl Hook<'_> {
    fn ignore(&self, reason: &'static str, arrived: &mut Arrived) {
        arrived.ignored.push(Ignored {
            index: 0,
            message_id: Some(self.id.clone()),
            reason,
        });
    }

    /// The calls that the event means.
    fn made(&self) -> Result<Vec<String>, Not> {
        let has_invoice = self.object.slot("invoice").is_some();
        match &*self.kind {
            // The invoice tells the same money.
            "charge.succeeded" | "charge.failed" if has_invoice => {
                Err(Not::Ignored("told_by_invoice"))
            }
            "charge.succeeded" => self.charge("Order Completed"),
            "charge.failed" => self.charge("Payment Failed"),
            "charge.refunded" => self.refunds(),
            "invoice.paid" => self.invoice(),
            "invoice.payment_failed" => {
                let properties = self.invoice_properties("amount_due");
                Ok(vec![self.track("Payment Failed", &self.id, properties?)])
            }
            "customer.subscription.created"
            | "customer.subscription.updated"
            | "customer.subscription.deleted" => self.subscription(),
            "customer.created" | "customer.updated" => Ok(vec![self.customer()]),
            _ => Err(Not::Ignored("topic_not_used")),
        }
    }

    fn charge(&self, name: &str) -> Result<Vec<String>, Not> {
        let amount = self.amount("amount")?;
        let failure = self.object.raw("failure_code");
        let properties = self.order().json_if("failure_code", failure);
        let properties = self.money(properties, amount);
        Ok(vec![self.track(name, &self.id, properties)])
    }

    /// The order that a charge is for, and its currency.
    fn order(&self) -> Made {
        let metadata = self.object.object("metadata");
        let order = metadata
            .said("order_id")
            .or_else(|| self.object.said("payment_intent"))
            .or_else(|| self.object.said("id"));
        Made::new()
            .text_if("order_id", order)
            .json_if("charge_id", self.object.raw("id"))
            .json_if("description", self.object.raw("description"))
    }

    /// A call for each refund of the charge; they come again with the next one, under the same ids.
    /// Where they are not listed, the difference to what was refunded before.
    fn refunds(&self) -> Result<Vec<String>, Not> {
        let listed = self.object.object("refunds");
        let listed = listed.raw("data").and_then(items).unwrap_or_default();
        if listed.is_empty() {
            let now = self.amount("amount_refunded")?;
            let before = self.previous.raw("amount_refunded");
            let before = before.and_then(|text| text.parse::<i64>().ok());
            let before = before.ok_or(Not::Bad(
                "a refund lacks its `refunds` and `previous_attributes.amount_refunded`",
            ))?;
            let properties = self.money(self.order(), now - before);
            return Ok(vec![self.track("Order Refunded", &self.id, properties)]);
        }
        let mut lines = Vec::new();
        for refund in listed.into_iter().filter_map(Parts::of) {
            if matches!(
                refund.said("status").as_deref(),
                Some("failed" | "canceled")
            ) {
                continue;
            }
            let amount = refund.raw("amount").and_then(|text| text.parse().ok());
            let (Some(amount), Some(id)) = (amount, refund.said("id")) else {
                return Err(Not::Bad("a refund lacks its `id` or its `amount`"));
            };
            let properties = self
                .order()
                .text("refund_id", &id)
                .json_if("reason", refund.raw("reason"));
            let properties = self.money(properties, amount);
            let created = refund.raw("created").and_then(instant::seconds);
            let call = self.call("track").text("event", "Order Refunded");
            let call = call.json("properties", &properties.end());
            lines.push(match created {
                Some(at) => call.text("messageId", &id).time("timestamp", at).end(),
                None => self.ending(call, &id),
            });
        }
        Ok(lines)
    }

    fn invoice(&self) -> Result<Vec<String>, Not> {
        let amount = self.amount("amount_paid")?;
        if amount == 0 {
            return Err(Not::Ignored("no_money"));
        }
        let properties = || self.invoice_properties("amount_paid");
        let mut lines = vec![self.track("Order Completed", &self.id, properties()?)];
        if self.object.said("billing_reason").as_deref() == Some("subscription_cycle") {
            let id = format!("{}:renewed", self.id);
            lines.push(self.track("Subscription Renewed", &id, properties()?));
        }
        Ok(lines)
    }

    fn invoice_properties(&self, amount: &str) -> Result<Made, Not> {
        let amount = self.amount(amount)?;
        let made = Made::new()
            .json_if("order_id", self.object.raw("id"))
            .json_if("subscription_id", self.object.raw("subscription"))
            .json_if("billing_reason", self.object.raw("billing_reason"));
        Ok(self.money(made, amount))
    }

    fn subscription(&self) -> Result<Vec<String>, Not> {
        let status = self.object.said("status");
        let status = status.as_deref().unwrap_or_default();
        let before = self.previous.said("status");
        let began = matches!(before.as_deref(), Some("incomplete" | "trialing"));
        let (now, then) = (price(&self.object), price(&self.previous));
        let name = match (self.kind.rsplit('.').next(), status) {
            (Some("deleted"), _) => "Subscription Cancelled",
            (Some("created"), "incomplete" | "incomplete_expired") => {
                return Err(Not::Ignored("subscription_incomplete"));
            }
            (Some("created"), "trialing") => "Trial Started",
            (Some("created"), _) => "Subscription Started",
            (_, "active") if began => "Subscription Started",
            (_, "trialing") if before.is_some() => "Trial Started",
            _ => match (now, then) {
                (Some(now), Some(then)) => match now.cmp(&then) {
                    Ordering::Greater => "Subscription Upgraded",
                    Ordering::Less => "Subscription Downgraded",
                    Ordering::Equal => "Subscription Updated",
                },
                _ => "Subscription Updated",
            },
        };
        let plan = first_item(&self.object).object("price");
        let mut properties = Made::new()
            .json_if("subscription_id", self.object.raw("id"))
            .json_if("status", self.object.raw("status"))
            .json_if("plan", plan.raw("nickname"))
            .json_if("plan_id", plan.raw("id"))
            .json_if(
                "cancel_at_period_end",
                self.object.raw("cancel_at_period_end"),
            );
        if let Some(now) = now {
            let currency = self.currency();
            properties = properties
                .json("value", &major(now, &currency))
                .text("currency", &currency);
        }
        Ok(vec![self.track(name, &self.id, properties)])
    }

    fn customer(&self) -> String {
        let object = &self.object;
        let address = object.object("address");
        let place = Made::new()
            .json_if("street", address.raw("line1"))
            .json_if("city", address.raw("city"))
            .json_if("postalCode", address.raw("postal_code"))
            .json_if("state", address.raw("state"))
            .json_if("country", address.raw("country"));
        let mut traits = Made::new();
        for key in ["email", "phone", "name", "metadata"] {
            traits = traits.json_if(key, object.raw(key));
        }
        let created = object.raw("created").and_then(instant::seconds);
        traits = traits.time_if("createdAt", created);
        if !place.is_empty() {
            traits = traits.json("address", &place.end());
        }
        let call = self.call_of("identify", object.said("id"));
        self.ending(call.json("traits", &traits.end()), &self.id)
    }

    /// A call of a kind with who it is.
    fn call(&self, kind: &str) -> Made {
        let call = self.call_of(kind, self.object.said("customer"));
        call.json_if(
            "traits",
            self.email()
                .map(|email| Made::new().text("email", &email).end()),
        )
    }

    /// The customer's id in the shop, if the metadata has it; else Stripe's; else her address.
    fn call_of(&self, kind: &str, customer: Option<Cow<'_, str>>) -> Made {
        let metadata = self.object.object("metadata");
        let own = ["user_id", "userId", "customer_id"]
            .into_iter()
            .find_map(|key| metadata.said(key));
        let user = own.or(customer).or_else(|| self.email());
        Made::call(kind).text_if("userId", user)
    }

    fn email(&self) -> Option<Cow<'_, str>> {
        let object = &self.object;
        object
            .object("billing_details")
            .said("email")
            .or_else(|| object.said("receipt_email"))
            .or_else(|| object.said("customer_email"))
            .map(|email| Cow::Owned(email.into_owned()))
    }

    fn track(&self, name: &str, id: &str, properties: Made) -> String {
        let call = self.call("track").text("event", name);
        self.ending(call.json("properties", &properties.end()), id)
    }

    fn ending(&self, call: Made, id: &str) -> String {
        let created = self.event.raw("created").and_then(instant::seconds);
        call.text("messageId", id)
            .time_if("timestamp", created)
            .json("context", r#"{"library":{"name":"stripe"}}"#)
            .end()
    }

    fn amount(&self, key: &str) -> Result<i64, Not> {
        self.object
            .raw(key)
            .and_then(|text| text.parse().ok())
            .ok_or(Not::Bad("an amount is missing or no whole number"))
    }

    fn currency(&self) -> String {
        let own = self.object.said("currency");
        own.unwrap_or_default().to_uppercase()
    }

    fn money(&self, made: Made, minor: i64) -> Made {
        let currency = self.currency();
        let amount = major(minor, &currency);
        made.json("total", &amount)
            .json("revenue", &amount)
            .text("currency", &currency)
    }
}

fn first_item<'a>(subscription: &Parts<'a>) -> Parts<'a> {
    let items = subscription.object("items").list("data");
    items
        .and_then(|items| Parts::of(items.first()?))
        .unwrap_or_else(Parts::none)
}

/// What a subscription costs a period, in minor units; none where it does not say.
fn price(subscription: &Parts<'_>) -> Option<i64> {
    let items = subscription.object("items").list("data")?;
    let mut total: i64 = 0;
    for item in items.into_iter().filter_map(Parts::of) {
        let price = item.object("price");
        let amount = price.raw("unit_amount")?.parse::<i64>().ok()?;
        let quantity = item.raw("quantity").map_or(Some(1), |q| q.parse().ok())?;
        total = total.checked_add(amount.checked_mul(quantity)?)?;
    }
    Some(total)
}
