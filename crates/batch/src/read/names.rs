//! Which column plays which part, told from its name: the tables of synonyms and the order of trying.

use perennial_rules::project::Roles;

/// Names are compared in lower case, by their letters and digits alone; earlier ones win.
const AT: &[&str] = &[
    "timestamp",
    "ts",
    "time",
    "eventtime",
    "eventtimestamp",
    "eventat",
    "at",
    "occurredat",
    "happenedat",
    "timetimestamp",
    "datetime",
    "eventdatetime",
    "eventdate",
    "orderdate",
    "ordertime",
    "orderedat",
    "orderdatetime",
    "ordertimestamp",
    "purchasedate",
    "purchasedat",
    "purchasetime",
    "invoicedate",
    "transactiondate",
    "transactiontime",
    "transactiontimestamp",
    "saledate",
    "paymentdate",
    "date",
    "day",
    "createdat",
    "createdon",
    "createddate",
    "created",
    "dateadded",
    "originaltimestamp",
];
const RECEIVED_AT: &[&str] = &[
    "receivedat",
    "received",
    "arrivedat",
    "ingestedat",
    "servertimestamp",
    "loadedat",
];
const EVENT: &[&str] = &[
    "event",
    "eventname",
    "eventtype",
    "activity",
    "activityname",
    "conceptname",
    "touchpoint",
];
/// Names of events in some files and of quite other things in others: their values decide.
const EVENT_BY_VALUES: &[&str] = &["type", "action", "name", "kind", "verb"];
const MESSAGE_ID: &[&str] = &["messageid", "insertid", "eventuuid", "eventuid"];
/// Ids of rows in some files and of kinds of event in others: taken where no value repeats.
const MESSAGE_ID_BY_VALUES: &[&str] = &["eventid", "uuid", "messageuuid"];
const USER_ID: &[&str] = &[
    "userid",
    "user",
    "uid",
    "distinctid",
    "username",
    "useruuid",
];
const CUSTOMER: &[&str] = &[
    "customerid",
    "customer",
    "custid",
    "cust",
    "customerno",
    "customernumber",
    "customerkey",
    "customercode",
    "clientid",
    "client",
    "memberid",
    "member",
    "buyerid",
    "buyer",
    "shopperid",
    "subscriberid",
    "personid",
    "profileid",
    "contactid",
    "householdkey",
    "householdid",
    "accountid",
    "account",
    "caseconceptname",
    "caseid",
    "case",
    "who",
    "id",
];
const ANONYMOUS_ID: &[&str] = &[
    "anonymousid",
    "anonid",
    "deviceid",
    "cookieid",
    "cookie",
    "visitorid",
    "fullvisitorid",
    "userpseudoid",
    "browserid",
];
const PREVIOUS_ID: &[&str] = &["previousid", "previoususerid"];
const EMAIL: &[&str] = &[
    "email",
    "emailaddress",
    "customeremail",
    "useremail",
    "mail",
];
const PHONE: &[&str] = &["phone", "phonenumber", "mobile", "telephone", "tel"];
const AMOUNT: &[&str] = &[
    "amount",
    "total",
    "revenue",
    "totalprice",
    "totalamount",
    "ordertotal",
    "ordervalue",
    "orderamount",
    "salesvalue",
    "sales",
    "netamount",
    "grossamount",
    "monetary",
    "turnover",
    "spend",
    "value",
    "price",
    "amountcents",
    "totalcents",
    "pricecents",
];
/// What event names are made of.
const EVENT_WORDS: &[&str] = &[
    "order", "purchas", "refund", "view", "click", "open", "login", "sign", "visit", "cart",
    "page", "search", "email", "start", "creat", "paid", "pay", "submit", "subscri", "cancel",
    "checkout", "identify", "deliver", "review", "ticket", "add", "remov", "updat", "complet",
    "regist", "redeem", "share", "play", "watch", "download", "install", "upgrad", "invit",
];

/// The columns of a file, and a way to look at the first values of one.
pub(crate) struct Columns<'a> {
    /// Their names.
    pub names: &'a [String],
    /// Whether a column is spoken for: by a declared role, property or trait.
    pub claimed: &'a dyn Fn(&str) -> bool,
    /// The first values of a column that are not empty, as text.
    pub values: &'a mut dyn FnMut(usize) -> Vec<String>,
}

/// What the names say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    /// The roles, declared ones included.
    pub roles: Roles,
    /// The column that looks like money.
    pub amount: Option<String>,
}

/// The roles of a file's columns: those declared, and for the others what the names say.
/// No event column is looked for where `event_known`.
pub(crate) fn guess(declared: &Roles, event_known: bool, columns: &mut Columns<'_>) -> Named {
    let mut roles = declared.clone();
    let mut taken: Vec<String> = Vec::new();
    fill(&mut roles.at, AT, columns, &mut taken);
    fill(&mut roles.received_at, RECEIVED_AT, columns, &mut taken);
    fill(&mut roles.anonymous_id, ANONYMOUS_ID, columns, &mut taken);
    fill(&mut roles.previous_id, PREVIOUS_ID, columns, &mut taken);
    fill(&mut roles.email, EMAIL, columns, &mut taken);
    fill(&mut roles.phone, PHONE, columns, &mut taken);
    fill_customer(&mut roles, declared, columns, &mut taken);
    fill(&mut roles.message_id, MESSAGE_ID, columns, &mut taken);
    if roles.message_id.is_none() {
        roles.message_id = by_values(MESSAGE_ID_BY_VALUES, columns, &mut taken, |values| {
            let distinct: std::collections::HashSet<&String> = values.iter().collect();
            values.len() > 1 && distinct.len() == values.len()
        });
    }
    if roles.event.is_none() && !event_known {
        fill(&mut roles.event, EVENT, columns, &mut taken);
        if roles.event.is_none() {
            roles.event = by_values(EVENT_BY_VALUES, columns, &mut taken, are_event_names);
        }
    }
    let mut amount = None;
    fill(&mut amount, AMOUNT, columns, &mut taken);
    Named { roles, amount }
}

/// A user id and, where both stand side by side, a customer id. Where only a `customer_id` or the
/// like stands there, it is the user: so it joins with other files and follows aliases.
fn fill_customer(
    roles: &mut Roles,
    declared: &Roles,
    columns: &Columns<'_>,
    taken: &mut Vec<String>,
) {
    if declared.customer_id.is_some() {
        return fill(&mut roles.user_id, USER_ID, columns, taken);
    }
    fill(&mut roles.user_id, USER_ID, columns, taken);
    match (&roles.user_id, &declared.user_id) {
        (None, _) => fill(&mut roles.user_id, CUSTOMER, columns, taken),
        (Some(_), None) => fill(&mut roles.customer_id, &["customerid"], columns, taken),
        (Some(_), Some(_)) => {}
    }
}

/// Fills a role from its synonyms, unless it is known.
fn fill(
    role: &mut Option<String>,
    synonyms: &[&str],
    columns: &Columns<'_>,
    taken: &mut Vec<String>,
) {
    if role.is_some() {
        return;
    }
    let free = |name: &&String| !(columns.claimed)(name) && !taken.contains(name);
    for synonym in synonyms {
        let mut named = columns.names.iter().filter(|name| plain(name) == *synonym);
        if let Some(name) = named.find(free) {
            taken.push(name.clone());
            *role = Some(name.clone());
            return;
        }
    }
}

/// The first column of these names whose values pass.
fn by_values(
    synonyms: &[&str],
    columns: &mut Columns<'_>,
    taken: &mut Vec<String>,
    pass: fn(&[String]) -> bool,
) -> Option<String> {
    for synonym in synonyms {
        for (index, name) in columns.names.iter().enumerate() {
            let free = !(columns.claimed)(name) && !taken.contains(name);
            if free && plain(name) == *synonym && pass(&(columns.values)(index)) {
                taken.push(name.clone());
                return Some(name.clone());
            }
        }
    }
    None
}

/// Whether at least a third of the values read like event names.
pub(crate) fn are_event_names(values: &[String]) -> bool {
    let like = values.iter().filter(|value| {
        let value = value.to_lowercase();
        value.len() <= 80 && EVENT_WORDS.iter().any(|word| value.contains(word))
    });
    !values.is_empty() && like.count() * 3 >= values.len()
}

/// A name's letters and digits in lower case.
pub(crate) fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a column's name says that it counts hundredths, or whatever a currency has.
pub(crate) fn counts_cents(name: &str) -> bool {
    let plain = plain(name);
    ["cents", "minor", "pence"]
        .iter()
        .any(|end| plain.ends_with(end))
}

/// The canonical id column that a key which turns up late in an NDJSON file names exactly.
pub(crate) fn late_role(name: &str) -> Option<&'static str> {
    use super::columns;
    match plain(name).as_str() {
        "messageid" => Some(columns::MESSAGE_ID),
        "userid" => Some(columns::USER_ID),
        "anonymousid" => Some(columns::ANONYMOUS_ID),
        "previousid" => Some(columns::PREVIOUS_ID),
        "email" => Some(columns::EMAIL),
        "phone" => Some(columns::PHONE),
        "receivedat" => Some(columns::RECEIVED_AT),
        _ => None,
    }
}
