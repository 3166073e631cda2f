//! Shopify's webhooks: orders, refunds and customers under our standard names.

use std::borrow::Cow;

use crate::arrive::{Arrived, Ask, Ignored, SubjectRequest, Who};
use crate::call::Call;
use crate::codes;
use crate::fault::Fault;
use crate::judge::{Judge, nothing};
use crate::money::{number, sum};
use crate::parts::{Made, Parts};
use crate::read::text;
use crate::reply::Form;

/// Reads a webhook, whose signature must have been checked before
/// ([`crate::check_shopify`]).
pub(crate) fn read(call: &Call<'_>, mut judge: Judge<'_>) -> Result<Arrived, Fault> {
    let body = text(call.body)?.trim();
    crate::scan::Scan::new(body).value()?;
    let (Some(parts), Some(topic)) = (Parts::of(body), call.header("x-shopify-topic")) else {
        let message = "a webhook needs `X-Shopify-Topic` and an object";
        return Err(Fault::new(400, codes::BAD_WEBHOOK, message));
    };
    let hook = Hook {
        topic,
        id: id(call, topic, &parts),
        body: parts,
    };
    let mut arrived = nothing(Form::Success);
    let source = call.header("x-shopify-shop-domain");
    if let Some(request) = hook.request(source) {
        arrived.requests.push(request);
        return Ok(arrived);
    }
    match hook.made() {
        Ok(line) => judge.take_made(0, &line, body, &mut arrived),
        Err(reason) => arrived.ignored.push(Ignored {
            index: 0,
            message_id: Some(hook.id),
            reason,
        }),
    }
    Ok(arrived)
}

/// The webhook's id; else what it is about and when that changed.
fn id(call: &Call<'_>, topic: &str, body: &Parts<'_>) -> String {
    if let Some(id) = call.header("x-shopify-webhook-id") {
        return id.to_owned();
    }
    let part = |key: &str| body.scalar(key).unwrap_or_default();
    let changed = [part("updated_at"), part("created_at")];
    let changed = changed.iter().find(|text| !text.is_empty());
    let changed = changed.map_or("", |text| text);
    format!("shopify:{topic}:{}:{changed}", part("id"))
}

struct Hook<'a> {
    topic: &'a str,
    id: String,
    body: Parts<'a>,
}

impl Hook<'_> {
    /// What one of the mandatory topics asks about a customer.
    fn request(&self, source: Option<&str>) -> Option<SubjectRequest> {
        let ask = match self.topic {
            "customers/redact" => Ask::Erase,
            "customers/data_request" => Ask::Export,
            "shop/redact" => Ask::EraseSource,
            _ => return None,
        };
        let customer = match ask {
            Ask::EraseSource => Parts::none(),
            _ => self.body.object("customer"),
        };
        let owned = |value: Option<Cow<'_, str>>| value.map(Cow::into_owned);
        let shop = self.body.said("shop_domain");
        let who = Who {
            user_id: owned(customer.scalar("id")),
            email: owned(customer.said("email")),
            phone: owned(customer.said("phone")),
            source: owned(shop).or_else(|| source.map(str::to_owned)),
            ..Who::default()
        };
        Some(SubjectRequest {
            ask,
            who,
            message_id: Some(self.id.clone()),
        })
    }

    /// The call that the webhook means, or why it means none.
    fn made(&self) -> Result<String, &'static str> {
        if self.body.truth("test") == Some(true) {
            return Err("test_order");
        }
        match self.topic {
            "orders/create" => self.order("Order Completed", &["created_at", "processed_at"]),
            "orders/cancelled" => self.order("Order Cancelled", &["cancelled_at", "updated_at"]),
            "orders/updated"
            | "orders/edited"
            | "orders/paid"
            | "orders/fulfilled"
            | "orders/partially_fulfilled" => self.order("Order Updated", &["updated_at"]),
            "checkouts/create" => self.order("Checkout Started", &["created_at"]),
            "refunds/create" => self.refund(),
            "customers/create" => Ok(self.customer(&["created_at"])),
            "customers/update" | "customers/enable" | "customers/disable" => {
                Ok(self.customer(&["updated_at"]))
            }
            _ => Err("topic_not_used"),
        }
    }

    fn order(&self, name: &str, times: &[&str]) -> Result<String, &'static str> {
        let customer = self.body.object("customer");
        let email = [self.body.said("email"), self.body.said("contact_email")]
            .into_iter()
            .flatten()
            .next()
            .or_else(|| customer.said("email"));
        let phone = self.body.said("phone").or_else(|| customer.said("phone"));
        let user = customer.scalar("id").or_else(|| email.clone());
        let order = self.body.scalar("id");
        if user.is_none() && order.is_none() {
            return Err("no_customer");
        }
        let traits = Made::new()
            .text_if("email", email)
            .text_if("phone", phone)
            .end();
        let call = Made::call("track")
            .text("event", name)
            .text_if("userId", user)
            .text_if("anonymousId", order.as_deref().map(of_order))
            .json("properties", &self.order_properties())
            .json("traits", &traits);
        Ok(self.ending(call, times))
    }

    fn order_properties(&self) -> String {
        let body = &self.body;
        let total = body.scalar("total_price");
        let total = total.as_deref().and_then(number);
        let amount = |key: &str| body.scalar(key);
        let mut made = Made::new()
            .text_if("order_id", body.scalar("id"))
            .json_if("order_name", body.raw("name"))
            .json_if("total", total)
            .json_if("revenue", total)
            .json_if("currency", body.raw("currency"));
        for (theirs, ours) in [
            ("subtotal_price", "subtotal"),
            ("total_tax", "tax"),
            ("total_discounts", "discount"),
        ] {
            made = made.json_if(ours, amount(theirs).as_deref().and_then(number));
        }
        let shipping = body
            .object("total_shipping_price_set")
            .object("shop_money")
            .scalar("amount");
        let coupon = body
            .list("discount_codes")
            .and_then(|codes| Parts::of(codes.first()?)?.raw("code"));
        made.json_if("shipping", shipping.as_deref().and_then(number))
            .json_if("coupon", coupon)
            .json_if("financial_status", body.raw("financial_status"))
            .json_if("fulfillment_status", body.raw("fulfillment_status"))
            .json_if("cancel_reason", body.raw("cancel_reason"))
            .json_if("source_name", body.raw("source_name"))
            .json("products", &products(body.list("line_items"), ""))
            .end()
    }

    /// A refund says its order, not its customer: the order's own id joins it to her.
    fn refund(&self) -> Result<String, &'static str> {
        let body = &self.body;
        let order = body.scalar("order_id").ok_or("no_customer")?;
        let paid: Vec<Parts<'_>> = body
            .list("transactions")
            .unwrap_or_default()
            .into_iter()
            .filter_map(Parts::of)
            .collect();
        let counts = |paid: &&Parts<'_>| {
            let failed = matches!(paid.said("status").as_deref(), Some("failure" | "error"));
            paid.said("kind").as_deref() == Some("refund") && !failed
        };
        let total = if paid.is_empty() {
            sum(self.lines())
        } else {
            let amounts = paid.iter().filter(counts);
            sum(amounts.filter_map(|paid| paid.scalar("amount")))
        };
        let total = total.filter(|total| total != "0").ok_or("no_money")?;
        let currency = paid.iter().find_map(|paid| paid.raw("currency"));
        let properties = Made::new()
            .text("order_id", &order)
            .text_if("refund_id", body.scalar("id"))
            .json("total", &total)
            .json("revenue", &total)
            .json_if("currency", currency)
            .json_if("reason", body.raw("note"))
            .json(
                "products",
                &products(body.list("refund_line_items"), "line_item"),
            );
        let call = Made::call("track")
            .text("event", "Order Refunded")
            .text("anonymousId", &of_order(&order))
            .json("properties", &properties.end());
        Ok(self.ending(call, &["processed_at", "created_at"]))
    }

    /// What the lines of a refund come to, where it has no transactions.
    fn lines(&self) -> Vec<Cow<'_, str>> {
        let lines = self.body.list("refund_line_items").unwrap_or_default();
        let lines = lines.into_iter().filter_map(Parts::of);
        let amounts = lines.flat_map(|line| [line.scalar("subtotal"), line.scalar("total_tax")]);
        amounts.flatten().collect()
    }

    fn customer(&self, times: &[&str]) -> String {
        let body = &self.body;
        let address = body.object("default_address");
        let place = Made::new()
            .json_if("street", address.raw("address1"))
            .json_if("city", address.raw("city"))
            .json_if("postalCode", address.raw("zip"))
            .json_if("state", address.raw("province_code"))
            .json_if("country", address.raw("country_code"));
        let mut traits = Made::new();
        for (theirs, ours) in [
            ("email", "email"),
            ("phone", "phone"),
            ("first_name", "firstName"),
            ("last_name", "lastName"),
            ("created_at", "createdAt"),
            ("tags", "tags"),
            ("state", "accountState"),
            ("verified_email", "verifiedEmail"),
            ("email_marketing_consent", "emailMarketingConsent"),
            ("sms_marketing_consent", "smsMarketingConsent"),
        ] {
            traits = traits.json_if(ours, body.raw(theirs));
        }
        if !place.is_empty() {
            traits = traits.json("address", &place.end());
        }
        let user = body.scalar("id").or_else(|| body.said("email"));
        let call = Made::call("identify")
            .text_if("userId", user)
            .json("traits", &traits.end());
        self.ending(call, times)
    }

    /// What all calls have.
    fn ending(&self, call: Made, times: &[&str]) -> String {
        let at = times.iter().find_map(|key| self.body.raw(key));
        call.text("messageId", &self.id)
            .json_if("timestamp", at)
            .json("context", r#"{"library":{"name":"shopify"}}"#)
            .end()
    }
}

/// The anonymous id that an order and its refunds share.
fn of_order(order: &str) -> String {
    format!("shopify-order-{order}")
}

/// The products of lines; `within` is the key under which a line of a refund keeps them.
fn products(lines: Option<Vec<&str>>, within: &str) -> String {
    let mut out = String::from("[");
    for line in lines.unwrap_or_default() {
        let Some(line) = Parts::of(line) else {
            continue;
        };
        let inner = line.object(within);
        let item = if within.is_empty() { &line } else { &inner };
        let price = item.scalar("price");
        let made = Made::new()
            .text_if("product_id", item.scalar("product_id"))
            .text_if("variant", item.scalar("variant_id"))
            .json_if("sku", item.raw("sku"))
            .json_if("name", item.raw("title"))
            .json_if("price", price.as_deref().and_then(number))
            .json_if("quantity", line.raw("quantity"));
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&made.end());
    }
    out.push(']');
    out
}
