//! The standard touchpoints: the event names of e-commerce, e-mail, support and lifecycle tracking,
//! recognised with no configuration.
//!
//! An event name stands for one of them at most. A project's definition of the same name replaces a
//! standard touchpoint whole; `standard_touchpoints: false` leaves them all out.

use super::{CountsAs, EventMatch, Touchpoint};

/// The form in which event names are compared: lower case, without white space, `_`, `-` and `.`.
///
/// **Invariant:** frozen. What an event was recognised as must not change under a stored history.
pub fn normalize_event_name(name: &str) -> String {
    let counts = |c: &char| !c.is_whitespace() && !matches!(c, '_' | '-' | '.');
    name.chars()
        .filter(counts)
        .flat_map(char::to_lowercase)
        .collect()
}

/// The standard touchpoints, by name.
pub fn touchpoints() -> Vec<Touchpoint> {
    STANDARD.iter().map(Standard::touchpoint).collect()
}

/// The names of the standard touchpoints.
pub fn names() -> impl Iterator<Item = &'static str> {
    STANDARD.iter().map(|standard| standard.name)
}

/// The events of a standard touchpoint.
pub fn events(name: &str) -> Option<&'static [&'static str]> {
    STANDARD
        .iter()
        .find(|standard| standard.name == name)
        .map(|standard| standard.events)
}

/// A line of the table.
struct Standard {
    name: &'static str,
    /// Where and by which channel.
    place: &'static str,
    channel: &'static str,
    measures: Measures,
    counts_as: Option<CountsAs>,
    events: &'static [&'static str],
}

/// Which of the usual properties are measured: `amount`, `score`, `category`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measures {
    Nothing,
    Value,
    Score,
    Topic,
    ValueAndTopic,
    ScoreAndTopic,
}

impl Standard {
    fn touchpoint(&self) -> Touchpoint {
        use Measures::{Score, ScoreAndTopic, Topic, Value, ValueAndTopic};
        let if_any = |of: &[Measures], property: &str| {
            of.contains(&self.measures).then(|| property.to_owned())
        };
        let matched = |event: &&str| EventMatch {
            event: (*event).to_owned(),
            condition: None,
        };
        Touchpoint {
            name: self.name.to_owned(),
            matches: self.events.iter().map(matched).collect(),
            place: Some(self.place.to_owned()),
            channel: Some(self.channel.to_owned()),
            value: if_any(&[Value, ValueAndTopic], "amount"),
            score: if_any(&[Score, ScoreAndTopic], "score"),
            topic: if_any(&[Topic, ValueAndTopic, ScoreAndTopic], "category"),
            counts_as: self.counts_as,
        }
    }
}

const fn standard(
    name: &'static str,
    (place, channel): (&'static str, &'static str),
    measures: Measures,
    counts_as: Option<CountsAs>,
    events: &'static [&'static str],
) -> Standard {
    Standard {
        name,
        place,
        channel,
        measures,
        counts_as,
        events,
    }
}

const SITE: (&str, &str) = ("site", "web");
const SHOP: (&str, &str) = ("shop", "web");
const APP: (&str, &str) = ("app", "app");
const ACCOUNT: (&str, &str) = ("account", "web");
const INBOX: (&str, &str) = ("inbox", "email");
const PHONE: (&str, &str) = ("phone", "phone");
const STORE: (&str, &str) = ("store", "store");
const DESK: (&str, &str) = ("desk", "support");
const SURVEY: (&str, &str) = ("survey", "feedback");
const SOCIAL: (&str, &str) = ("social", "social");
const BILLING: (&str, &str) = ("billing", "billing");

#[rustfmt::skip]
static STANDARD: &[Standard] = {
    use Measures::*;
    const FEEDBACK: Option<CountsAs> = Some(CountsAs::Feedback);
    const INTEREST: Option<CountsAs> = Some(CountsAs::Interest);
    const ORDER: Option<CountsAs> = Some(CountsAs::Order);
    const REFUND: Option<CountsAs> = Some(CountsAs::Refund);
    const TICKET: Option<CountsAs> = Some(CountsAs::Ticket);
    &[
        // Looking.
        standard("viewed", SITE, Topic, INTEREST, &["page_view", "page", "$pageview", "Page Viewed", "Viewed Page", "screen", "$screen", "Screen Viewed", "screen_view", "Product Viewed", "Viewed Product", "view_item", "ViewContent", "Product List Viewed", "view_item_list", "Product Clicked", "select_item", "viewed"]),
        standard("searched", SITE, Topic, INTEREST, &["search", "searched", "Products Searched", "view_search_results", "site_search", "Searched Site", "Submitted Search"]),
        standard("watched_video", SITE, Topic, INTEREST, &["video", "watched_video", "Video Watched", "Video Playback Started", "video_start", "video_play", "video_view"]),
        standard("downloaded", SITE, Topic, INTEREST, &["download", "downloaded", "file_download", "File Downloaded"]),
        standard("clicked_ad", SITE, Nothing, None, &["ad_click", "Ad Clicked", "clicked_ad", "Promotion Clicked", "select_promotion"]),
        // Buying.
        standard("added_to_cart", SHOP, ValueAndTopic, None, &["add_to_cart", "added_to_cart", "Product Added", "add_to_basket", "Added to Basket", "cart_add"]),
        standard("removed_from_cart", SHOP, ValueAndTopic, None, &["remove_from_cart", "removed_from_cart", "Product Removed", "cart_remove"]),
        standard("viewed_cart", SHOP, Value, None, &["view_cart", "viewed_cart", "Cart Viewed", "cart"]),
        standard("added_to_wishlist", SHOP, ValueAndTopic, None, &["add_to_wishlist", "added_to_wishlist", "Product Added to Wishlist", "wishlist_add"]),
        standard("checkout_started", SHOP, Value, None, &["Checkout Started", "Started Checkout", "begin_checkout", "InitiateCheckout", "checkout", "checkouts/create"]),
        standard("used_coupon", SHOP, Value, None, &["used_coupon", "Coupon Applied", "coupon_used", "Coupon Redeemed"]),
        standard("ordered", SHOP, Value, ORDER, &["order", "ordered", "Order Completed", "Completed Order", "Order Placed", "Placed Order", "purchase", "purchased", "orders/create"]),
        standard("order_cancelled", SHOP, Value, None, &["Order Cancelled", "order_canceled", "Cancelled Order", "orders/cancelled"]),
        standard("refunded", SHOP, Value, REFUND, &["refund", "refunded", "Order Refunded", "Refunded Order", "refunds/create"]),
        standard("visited_store", STORE, Nothing, None, &["store_visit", "visited_store", "Store Visited", "in_store_visit"]),
        // Being known.
        standard("identified", ACCOUNT, Nothing, None, &["identify", "identified", "$identify", "User Identified"]),
        standard("aliased", ACCOUNT, Nothing, None, &["alias", "aliased", "$create_alias"]),
        standard("signed_up", ACCOUNT, Nothing, None, &["sign_up", "signed_up", "User Signed Up", "Account Created", "Created Account", "register", "registered", "registration", "CompleteRegistration"]),
        standard("logged_in", ACCOUNT, Nothing, None, &["login", "logged_in", "User Logged In", "sign_in", "Signed In"]),
        standard("logged_out", ACCOUNT, Nothing, None, &["logout", "logged_out", "sign_out", "Signed Out"]),
        standard("installed_app", APP, Nothing, None, &["Application Installed", "app_install", "installed_app", "first_open"]),
        standard("opened_app", APP, Nothing, None, &["Application Opened", "app_open", "opened_app"]),
        standard("feature_used", APP, Topic, None, &["feature_used", "Used Feature", "feature"]),
        standard("stage_set", DESK, Nothing, None, &["stage_set", "Lifecycle Stage Set", "Lifecycle Stage Changed"]),
        standard("invited", APP, Nothing, None, &["invite", "invited", "Invite Sent", "Invitation Sent", "User Invited"]),
        // Messages.
        standard("sent_email", INBOX, Nothing, None, &["email_sent", "sent_email", "email_send"]),
        standard("delivered_email", INBOX, Nothing, None, &["email_delivered", "delivered_email", "Received Email"]),
        standard("opened_email", INBOX, Nothing, None, &["email_open", "Email Opened", "opened_email"]),
        standard("clicked_email", INBOX, Nothing, None, &["email_click", "Email Clicked", "clicked_email", "Email Link Clicked"]),
        standard("bounced_email", INBOX, Nothing, None, &["email_bounce", "Email Bounced", "bounced_email"]),
        standard("marked_as_spam", INBOX, Nothing, None, &["Email Marked as Spam", "marked_as_spam", "Marked Email as Spam", "email_complaint", "spam_report"]),
        standard("subscribed", INBOX, Nothing, None, &["subscribe", "subscribed", "Email Subscribed", "newsletter_signup", "Newsletter Subscribed", "opt_in"]),
        standard("unsubscribed", INBOX, Nothing, None, &["unsubscribe", "unsubscribed", "Email Unsubscribed", "Newsletter Unsubscribed", "opt_out"]),
        // Being heard.
        standard("asked_support", DESK, Topic, TICKET, &["support_ticket", "asked_support", "support_request", "Contacted Support", "Ticket Created", "Ticket Opened", "Case Created"]),
        standard("support_resolved", DESK, Topic, None, &["support_resolved", "Ticket Resolved", "ticket_solved", "Ticket Closed", "Case Closed"]),
        standard("called", PHONE, Topic, None, &["call", "called", "phone_call", "Call Completed", "inbound_call"]),
        standard("rated", SURVEY, ScoreAndTopic, FEEDBACK, &["csat", "rated", "rating", "CSAT Submitted", "satisfaction_rating"]),
        standard("recommended", SURVEY, Score, FEEDBACK, &["nps", "recommended", "NPS Submitted", "nps_score", "nps_response"]),
        standard("reviewed", SOCIAL, ScoreAndTopic, FEEDBACK, &["review", "reviewed", "Product Reviewed", "Review Submitted", "Left Review"]),
        standard("answered_survey", SURVEY, Score, None, &["survey", "answered_survey", "Survey Completed", "Survey Answered", "survey_response"]),
        standard("referred", SOCIAL, Nothing, None, &["referral", "referred", "Referral Made", "Referred Friend", "friend_referred"]),
        standard("shared", SOCIAL, Topic, None, &["share", "shared", "Product Shared", "Cart Shared", "Content Shared", "social_share"]),
        // Leads and subscriptions.
        standard("form_submitted", SITE, Topic, None, &["form_submit", "Form Submitted", "Submitted Form", "generate_lead", "lead"]),
        standard("demo_requested", SITE, Nothing, None, &["Demo Requested", "Requested Demo", "request_demo", "Demo Booked", "book_demo"]),
        standard("trial_started", BILLING, Nothing, None, &["Trial Started", "Started Trial", "start_trial"]),
        standard("subscription_started", BILLING, Value, None, &["Subscription Started", "Started Subscription", "Subscription Created", "customer.subscription.created"]),
        standard("subscription_renewed", BILLING, Value, None, &["Subscription Renewed", "Renewed Subscription", "renewal"]),
        standard("subscription_upgraded", BILLING, Value, None, &["Subscription Upgraded", "Upgraded Subscription", "Plan Upgraded", "upgrade"]),
        standard("subscription_downgraded", BILLING, Value, None, &["Subscription Downgraded", "Downgraded Subscription", "Plan Downgraded", "downgrade"]),
        standard("subscription_cancelled", BILLING, Value, None, &["Subscription Cancelled", "subscription_canceled", "Cancelled Subscription", "customer.subscription.deleted"]),
        standard("payment_failed", BILLING, Value, None, &["Payment Failed", "invoice.payment_failed", "charge.failed"]),
    ]
};

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn an_event_name_is_one_touchpoint_at_most() {
        let mut owner = HashMap::new();
        for standard in STANDARD {
            for event in standard.events {
                let other = owner.insert(normalize_event_name(event), standard.name);
                assert_eq!(other, None, "{event} of {}", standard.name);
            }
            let own = owner.get(&normalize_event_name(standard.name));
            assert_eq!(
                own,
                Some(&standard.name),
                "a touchpoint's own name is one of its events"
            );
        }
    }

    #[test]
    fn spelling_makes_no_difference() {
        for name in [
            "Order Completed",
            "order_completed",
            "ORDER-COMPLETED",
            "orderCompleted",
            " order.completed ",
        ] {
            assert_eq!(normalize_event_name(name), "ordercompleted");
        }
        assert_eq!(
            normalize_event_name("Bestellung ÜBERMITTELT"),
            "bestellungübermittelt"
        );
        assert_eq!(normalize_event_name("orders/create"), "orders/create");
        assert_eq!(normalize_event_name(" -_."), "");
    }
}
