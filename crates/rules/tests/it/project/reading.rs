//! What project files are read as.

use perennial_model::{DAY_MS, Duration, Number};
use perennial_rules::Project;
use perennial_rules::project::{
    CountsAs, Cuts, Delimiter, EventMatch, Format, From, IdentifierKind, OutputColumn, ProjectText,
    Property, PropertyType, Roles, ScoringDates, Shape, TableOutput, WeekStart,
    normalize_event_name, read,
};

use super::cases::show;

fn project(files: &[(&str, &str)]) -> Project {
    let file = |(path, text): &(&str, &str)| ProjectText {
        path: (*path).to_owned(),
        text: (*text).to_owned(),
    };
    let files: Vec<ProjectText> = files.iter().map(file).collect();
    let reading = read(&files);
    reading
        .project
        .unwrap_or_else(|| panic!("{}", show(&files, &reading.diagnostics)))
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn an_empty_project_has_every_default() {
    let project = project(&[]);
    assert_eq!(project.name, "workspace");
    assert_eq!(project.zone.name(), "UTC");
    assert_eq!(
        (&project.currency.code[..], project.currency.decimals),
        ("XXX", 2)
    );
    assert_eq!(
        (project.week_start, project.fiscal_month),
        (WeekStart::Monday, 1)
    );
    assert_eq!(project.identity.strong, [IdentifierKind::User]);
    assert_eq!(project.identity.max_identifiers, 1_000);
    for value in ["", "null", "undefined", "0", "anonymous"] {
        assert!(
            project
                .identity
                .placeholders
                .iter()
                .any(|known| known == value),
            "{value:?}"
        );
    }
    assert!(
        project.sources.is_empty() && project.lifecycles.is_empty() && project.segments.is_empty()
    );
    assert!(project.touchpoints.len() >= 35);
    assert!(project.touchpoints.is_sorted_by(|a, b| a.name < b.name));
    assert!(project.outputs.tables.is_empty());
}

#[test]
fn the_workspace_is_read() {
    let text = "
name: Bike shop
time_zone: europe/berlin
currency: KWD
week_start: sunday
fiscal_month: 4
identity: { strong: [email, user, email], placeholders: [' Test '], max_identifiers: 7 }
scoring: { dates: weekly, tiles: 4, cuts: quantile, high_value_percent: 90 }
intent: { half_life: 1d 12h, weights: { searched: 2.5, viewed: 1 } }
outputs:
  touches: false
  rejects: true
  transitions: [customer_id, at]
  stage_days: { day: epoch_day, n: customers }
";
    let project = project(&[("perennial.yaml", text)]);
    assert_eq!(project.name, "Bike shop");
    assert_eq!(project.zone.name(), "Europe/Berlin");
    assert_eq!(project.currency.decimals, 3);
    assert_eq!(
        (project.week_start, project.fiscal_month),
        (WeekStart::Sunday, 4)
    );
    assert_eq!(
        project.identity.strong,
        [IdentifierKind::User, IdentifierKind::Email]
    );
    assert!(project.identity.placeholders.contains(&"test".to_owned()));
    assert_eq!(project.identity.max_identifiers, 7);
    assert_eq!(
        (project.scoring.dates, project.scoring.tiles),
        (ScoringDates::Weekly, 4)
    );
    assert_eq!(
        (project.scoring.cuts, project.scoring.high_value_percent),
        (Cuts::Quantile, 90)
    );
    assert_eq!(project.intent.half_life, Duration::from_ms(36 * 3_600_000));
    let weights = [
        ("searched".to_owned(), 2_500_000),
        ("viewed".to_owned(), 1_000_000),
    ];
    assert_eq!(
        project.intent.weights,
        weights.map(|(name, n)| (name, Number::from_millionths(n)))
    );
    let column = |name: &str, column: &str| OutputColumn {
        name: name.to_owned(),
        column: column.to_owned(),
    };
    let tables = [
        ("touches", TableOutput::Off),
        (
            "transitions",
            TableOutput::Columns(vec![
                column("customer_id", "customer_id"),
                column("at", "at"),
            ]),
        ),
        (
            "stage_days",
            TableOutput::Columns(vec![column("day", "epoch_day"), column("n", "customers")]),
        ),
    ];
    assert_eq!(
        project.outputs.tables,
        tables.map(|(name, output)| (name.to_owned(), output))
    );
}

#[test]
fn sources_are_read() {
    let text = "
sources:
  - files: data/orders-*.csv.gz
    format: csv
    delimiter: tab
    event: order
    columns: { customer_id: id, at: date, event: type, received_at: r, message_id: m, user_id: u,
               anonymous_id: a, previous_id: p, email: e, phone: f }
    time_format: '%d.%m.%Y'
    time_zone: America/New_York
    traits: [country, plan]
    properties: { amount: { column: total, type: money }, size: shoe_size, vip: { type: bool } }
    duplicates: false
    future_limit: 2d
  - { files: [a.ndjson, b.ndjson], shape: segment }
";
    let project = project(&[("perennial.yaml", text)]);
    let [csv, ndjson] = &project.sources[..] else {
        panic!("two sources")
    };
    assert_eq!(csv.files, ["data/orders-*.csv.gz"]);
    assert_eq!(
        (csv.format, csv.delimiter),
        (Some(Format::Csv), Some(Delimiter(b'\t')))
    );
    assert_eq!(
        (csv.event.as_deref(), csv.time_format.as_deref()),
        (Some("order"), Some("%d.%m.%Y"))
    );
    let roles = Roles {
        event: some("type"),
        at: some("date"),
        received_at: some("r"),
        message_id: some("m"),
        customer_id: some("id"),
        user_id: some("u"),
        anonymous_id: some("a"),
        previous_id: some("p"),
        email: some("e"),
        phone: some("f"),
    };
    assert_eq!(csv.roles, roles);
    assert_eq!(csv.time_zone.as_deref(), Some("America/New_York"));
    assert_eq!(csv.traits, ["country", "plan"]);
    let property = |name: &str, column: &str, kind| Property {
        name: name.to_owned(),
        column: column.to_owned(),
        kind,
    };
    let properties = [
        property("amount", "total", Some(PropertyType::Money)),
        property("size", "shoe_size", None),
        property("vip", "vip", Some(PropertyType::Bool)),
    ];
    assert_eq!(csv.properties, properties);
    assert!(!csv.duplicates && ndjson.duplicates);
    assert_eq!(csv.future_limit, Some(Duration::from_ms(2 * DAY_MS)));
    assert_eq!(
        (ndjson.files.len(), ndjson.shape, ndjson.format),
        (2, Some(Shape::Segment), None)
    );
}

#[test]
fn touchpoints_replace_the_standard_ones_whole() {
    let text = "
viewed: page_view
ordered: { event: [order, sale], value: total, counts_as: order, place: shop, channel: web }
advocated:
  match:
    - { event: [referral, invite] }
    - { event: review, where: 'score >= 4' }
praised: { event: review, where: score = 5 }
";
    let project = project(&[("touchpoints.yaml", text)]);
    let find = |name: &str| {
        project
            .touchpoints
            .iter()
            .find(|point| point.name == name)
            .expect("a touchpoint")
    };
    let events = |matches: &[EventMatch]| -> Vec<(String, Option<String>)> {
        let one = |m: &EventMatch| {
            (
                m.event.clone(),
                m.condition.as_ref().map(|rule| rule.text.clone()),
            )
        };
        matches.iter().map(one).collect()
    };
    let viewed = find("viewed");
    assert_eq!(events(&viewed.matches), [("page_view".to_owned(), None)]);
    assert_eq!((&viewed.topic, viewed.counts_as), (&None, None));
    let ordered = find("ordered");
    assert_eq!(ordered.value.as_deref(), Some("total"));
    assert_eq!(ordered.counts_as, Some(CountsAs::Order));
    let expected = [
        ("referral", None),
        ("invite", None),
        ("review", Some("score >= 4")),
    ];
    let expected = expected.map(|(event, rule)| (event.to_owned(), rule.map(str::to_owned)));
    assert_eq!(events(&find("advocated").matches), expected);
    assert_eq!(find("praised").matches.len(), 1);
    assert_eq!(find("refunded").counts_as, Some(CountsAs::Refund));
    assert_eq!(find("searched").topic.as_deref(), Some("category"));
}

#[test]
fn standard_touchpoints_can_be_left_out() {
    let text = "standard_touchpoints: false\ntouchpoints: { ordered: order }";
    let project = project(&[("perennial.yaml", text)]);
    assert_eq!(project.touchpoints.len(), 1);
}

#[test]
fn the_usual_event_names_are_recognised() {
    let project = project(&[]);
    let cases = [
        ("order", "ordered"),
        ("Order Completed", "ordered"),
        ("purchase", "ordered"),
        ("page_view", "viewed"),
        ("page", "viewed"),
        ("Product Viewed", "viewed"),
        ("Products Searched", "searched"),
        ("search", "searched"),
        ("add_to_cart", "added_to_cart"),
        ("identify", "identified"),
        ("alias", "aliased"),
        ("login", "logged_in"),
        ("email_sent", "sent_email"),
        ("email_open", "opened_email"),
        ("Email Opened", "opened_email"),
        ("email_click", "clicked_email"),
        ("support_ticket", "asked_support"),
        ("csat", "rated"),
        ("nps", "recommended"),
        ("review", "reviewed"),
        ("referral", "referred"),
        ("unsubscribe", "unsubscribed"),
        ("refund", "refunded"),
    ];
    for (event, name) in cases {
        let is = |matched: &EventMatch| {
            normalize_event_name(&matched.event) == normalize_event_name(event)
        };
        let found: Vec<&str> = project
            .touchpoints
            .iter()
            .filter(|point| point.matches.iter().any(is))
            .map(|point| &point.name[..])
            .collect();
        assert_eq!(found, [name], "{event}");
    }
}

#[test]
fn lifecycles_are_read() {
    let text = "
lifecycle: retail
for: country = 'DE'
policy: { forward_only: true, in_order: true, dwell: 7d }
stages:
  - { name: visitor, description: Looks around. }
  - { name: lead, optional: true, dwell: 1d, enter: { from: [none, visitor], on: viewed, cause: engaged } }
  - { name: buyer, enter: [{ on: [ordered, refunded] }, { from: lead, when: age() > days(30) }] }
";
    let project = project(&[("lifecycles/retail.yaml", text)]);
    let [lifecycle] = &project.lifecycles[..] else {
        panic!("one lifecycle")
    };
    assert_eq!(
        (&lifecycle.name[..], lifecycle.classification),
        ("retail", false)
    );
    assert_eq!(&text[lifecycle.span.bytes.clone()], "retail");
    assert!(lifecycle.applies_to.is_some());
    assert!(lifecycle.policy.forward_only && lifecycle.policy.in_order);
    assert_eq!(lifecycle.policy.dwell, Duration::from_ms(7 * DAY_MS));
    let [visitor, lead, buyer] = &lifecycle.stages[..] else {
        panic!("three stages")
    };
    assert_eq!(visitor.description.as_deref(), Some("Looks around."));
    assert_eq!(visitor.enter.len(), 1);
    assert_eq!(
        visitor.enter[0].from,
        From::Named {
            outside: true,
            stages: vec![]
        }
    );
    assert!(visitor.enter[0].on.is_empty() && visitor.enter[0].when.is_none());
    assert!(lead.optional && lead.dwell == Some(Duration::from_ms(DAY_MS)));
    assert_eq!(
        lead.enter[0].from,
        From::Named {
            outside: true,
            stages: vec![0]
        }
    );
    assert_eq!(lead.enter[0].cause.as_deref(), Some("engaged"));
    assert_eq!(buyer.enter[0].from, From::AnyStage);
    assert_eq!(buyer.enter[0].on, ["ordered", "refunded"]);
    assert_eq!(
        buyer.enter[1].from,
        From::Named {
            outside: false,
            stages: vec![1]
        }
    );
    assert_eq!(
        buyer.enter[1].when.as_ref().map(|rule| &rule.text[..]),
        Some("age() > days(30)")
    );
}

#[test]
fn a_classification_takes_everybody_from_anywhere() {
    let text = "
lifecycles:
  - lifecycle: activity
    stages:
      - { name: silent, when: true }
      - { name: active, when: 'count(*, days(30)) > 0' }
";
    let project = project(&[("perennial.yaml", text)]);
    let lifecycle = &project.lifecycles[0];
    assert!(lifecycle.classification);
    for stage in &lifecycle.stages {
        let [clause] = &stage.enter[..] else {
            panic!("one clause")
        };
        assert_eq!((&clause.from, clause.on.len()), (&From::Anywhere, 0));
        assert!(clause.when.is_some());
    }
}

#[test]
fn a_stage_is_not_entered_from_itself() {
    let text = "
lifecycle: retail
stages:
  - { name: visitor }
  - { name: buyer, enter: { from: [visitor, buyer], on: ordered } }
";
    let project = project(&[("lifecycles/retail.yaml", text)]);
    let from = &project.lifecycles[0].stages[1].enter[0].from;
    assert_eq!(
        from,
        &From::Named {
            outside: false,
            stages: vec![0]
        }
    );
}

#[test]
fn lifecycles_and_segments_stand_in_the_order_of_the_files() {
    let stages = "stages: [{ name: a }]";
    let files = [
        ("lifecycles/b.yaml", format!("lifecycle: second\n{stages}")),
        (
            "segments.yaml",
            "z: age() > days(1)\ny: age() > days(2)".to_owned(),
        ),
        ("lifecycles/a.yaml", format!("lifecycle: first\n{stages}")),
        (
            "perennial.yaml",
            format!(
                "lifecycles: [{{ lifecycle: nought, {stages} }}]\nsegments: {{ x: age() > days(3) }}"
            ),
        ),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, &text[..]))
        .collect();
    let project = project(&files);
    let lifecycles: Vec<&str> = project
        .lifecycles
        .iter()
        .map(|lifecycle| &lifecycle.name[..])
        .collect();
    let segments: Vec<&str> = project
        .segments
        .iter()
        .map(|segment| &segment.name[..])
        .collect();
    assert_eq!(
        (lifecycles, segments),
        (vec!["nought", "first", "second"], vec!["x", "z", "y"])
    );
}
