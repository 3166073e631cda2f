//! Forecasts of a run: scores as dated facts, which rules read, of nothing but what came before.

use std::collections::BTreeMap;
use std::fs;

use perennial_batch::one::story;
use perennial_batch::results::Results;
use perennial_batch::run::ScoresFrom;
use perennial_model::{Time, Zone};

use crate::desk::{
    AUTO, CUSTOMERS, DAY_MS, DAYS, Desk, MONTHLY, ORDERS, Outcome, START_MS, forecasts, is_told,
    orders, project, score, table,
};

#[test]
fn scores_are_what_they_say_and_rules_move_customers_by_them() {
    let desk = Desk::new();
    let outcome = desk.orders(&project(AUTO), 1);
    let scores = table(&outcome.out, "scores");
    assert!(scores.len() > 1_000, "{}", scores.len());
    let models = forecasts(&outcome.out);
    // Of whoever gave all back nothing is said any more.
    assert!(scores.iter().filter(is_told).count() + 10 > scores.len());
    for row in scores.iter().filter(is_told) {
        let (alive, churn) = (score(row, "p_alive"), score(row, "churn_risk"));
        assert!((0.0..=1.0).contains(&alive) && (0.0..=1.0).contains(&churn));
        // Whoever has left buys nothing.
        assert!(churn >= 1.0 - alive - 2e-6, "{row:?}");
        assert!(score(row, "expected_next") >= 1.0 - churn - 2e-6, "{row:?}");
        assert!(score(row, "clv") >= 0.0);
        assert!(score(row, "expected_low") <= score(row, "expected_high"));
        let model = models.model(&row["forecast_model"]).expect("its model");
        assert!(row["at"].starts_with(&model.at[..10]), "{row:?}");
        assert!(model.customers >= 100 && !model.parameters.is_empty());
    }
    // What a rule says of a score is so at the instant of the score.
    let left: Vec<_> = table(&outcome.out, "transitions")
        .into_iter()
        .filter(|row| row["to"] == "leaving")
        .collect();
    assert!(left.len() > 50, "{}", left.len());
    let mut at_once = 0;
    for row in &left {
        let in_force = scores
            .iter()
            .rfind(|one| one["customer_id"] == row["customer_id"] && one["at"] <= row["at"]);
        let reason = in_force.expect("a score");
        assert!(score(reason, "p_alive") < 0.4, "{row:?}");
        at_once += usize::from(reason["at"] == row["at"]);
        assert_eq!(row["cause"], "time");
    }
    assert!(at_once > 40, "{at_once}");
    // The table of customers shows what was said last.
    let customers = table(&outcome.out, "customers");
    for row in &customers {
        let last = scores
            .iter()
            .rfind(|one| one["customer_id"] == row["customer_id"]);
        let number = |text: &String| text.parse::<f64>().ok();
        let last = last.and_then(|one| number(&one["p_alive"]));
        assert_eq!(number(&row["p_alive"]), last);
    }
    assert_eq!(outcome.manifest.counts.scored, 0);
    assert_eq!(customers.len(), CUSTOMERS);
}

#[test]
fn the_same_bytes_by_any_number_of_threads() {
    let desk = Desk::new();
    let project = project(MONTHLY);
    let (one, four) = (desk.orders(&project, 1), desk.orders(&project, 4));
    for name in ["scores", "transitions", "segment_history", "customers"] {
        assert_eq!(table(&one.out, name), table(&four.out, name), "{name}");
    }
    let bytes = |outcome: &Outcome| fs::read(outcome.out.join("forecasts.json")).expect("a file");
    assert_eq!(bytes(&one), bytes(&four));
}

#[test]
fn what_comes_later_changes_no_score() {
    let desk = Desk::new();
    let project = project(MONTHLY);
    let whole = desk.orders(&project, 1);
    let end = Time::parse("2024-11-01T00:00:00Z", &Zone::utc()).expect("a time");
    let before: Vec<String> = ORDERS
        .iter()
        .filter(|(at, _)| *at < end.ms())
        .map(|(_, row)| row.clone())
        .collect();
    // The date itself is in, and nothing of what came at it or after.
    let until = Some(end.plus(1));
    let short = desk.run(&project, &before, until, 1, ScoresFrom::Either);
    let until_end = |outcome: &Outcome| {
        let mut rows = table(&outcome.out, "scores");
        rows.retain(|row| row["at"].as_str() <= "2024-11-01T00:00:01");
        rows
    };
    let (long, short_rows) = (until_end(&whole), until_end(&short));
    assert!(long.iter().any(|row| row["at"].starts_with("2024-11-01")));
    assert_eq!(long, short_rows);
    let models = forecasts(&short.out).models;
    let same = forecasts(&whole.out).models;
    assert_eq!(models.len(), 10);
    for (short, long) in models.iter().zip(&same) {
        assert_eq!(short.model, long.model);
        assert_eq!(short.parameters, long.parameters);
    }
    let judged = |one: &&perennial_batch::forecasts::ModelRecord| one.bias.is_some();
    assert!(same.iter().filter(judged).count() > 5);
}

#[test]
fn scores_of_another_run_give_the_same_rows_again() {
    let desk = Desk::new();
    let project = project(MONTHLY);
    let fitted = desk.orders(&project, 1);
    let from = ScoresFrom::Run(fitted.out.clone());
    let again = desk.run(&project, &orders(), None, 2, from);
    for name in ["scores", "transitions", "segment_history", "customers"] {
        assert_eq!(table(&fitted.out, name), table(&again.out, name), "{name}");
    }
    assert_eq!(forecasts(&fitted.out), forecasts(&again.out));
}

#[test]
fn scores_in_the_input_are_as_good_as_scores_of_the_run() {
    let desk = Desk::new();
    let project = project(MONTHLY);
    let fitted = desk.orders(&project, 1);
    let mut rows = orders();
    for row in table(&fitted.out, "scores") {
        let score = |name: &str| row[name].clone();
        rows.push(format!(
            "!{},{},Customer Scored,{},,{},{},{},{},{}",
            rows.len(),
            score("customer_id"),
            score("at"),
            score("p_alive"),
            score("expected_next"),
            score("clv"),
            score("churn_risk"),
            score("forecast_model")
        ));
    }
    // A score of somebody unknown makes nobody a customer.
    rows.push("!x,nobody,Customer Scored,2024-06-01T00:00:00Z,,0.1,0,0,0.9,x".to_owned());
    rows.reverse();
    let stated = desk.run(&project, &rows, None, 2, ScoresFrom::Either);
    for name in ["transitions", "segment_history", "customers", "identities"] {
        assert_eq!(table(&fitted.out, name), table(&stated.out, name), "{name}");
    }
    assert_eq!(table(&stated.out, "touches").len(), ORDERS.len());
    let counts = stated.manifest.counts;
    assert_eq!(counts.scored as usize, rows.len() - ORDERS.len());
    assert_eq!(counts.customers as usize, CUSTOMERS);
    let input = desk.run(&project, &orders(), None, 1, ScoresFrom::Input);
    assert!(!input.out.join("scores.parquet").exists());
    assert!(!input.out.join("forecasts.json").exists());
}

#[test]
fn too_few_customers_are_not_forecast_and_the_run_says_so() {
    let desk = Desk::new();
    let outcome = desk.orders(&project("forecast: { dates: monthly, floor: 5000 }"), 1);
    assert!(!outcome.out.join("scores.parquet").exists());
    let notes = outcome.manifest.notes.join("\n");
    assert!(
        notes.contains("14 dates") || notes.contains("13 dates"),
        "{notes}"
    );
    assert!(notes.contains("too few customers"), "{notes}");
    let models = forecasts(&outcome.out).models;
    assert!(models.iter().all(|model| model.refused.is_some()));
}

#[test]
fn what_may_mislead_stands_in_the_record_without_a_name() {
    let desk = Desk::new();
    let project = project(&MONTHLY.replace("monthly", "end"));
    let usual = desk.orders(&project, 1);
    let warnings = |outcome: &Outcome| {
        let models = forecasts(&outcome.out).models;
        models.iter().flat_map(|one| one.warnings.clone()).collect()
    };
    let told: Vec<String> = warnings(&usual);
    assert!(
        told.iter().all(|one| !one.contains("one customer")),
        "{told:?}"
    );
    // Everything at one price, and somebody who has the most of it.
    let priced = |row: &String| {
        let cells: Vec<&str> = row.split(',').collect();
        let (event, amount) = ("Order Completed", "19.99");
        format!(
            "{},{},{event},{},{amount},,,,,",
            cells[0], cells[1], cells[3]
        )
    };
    let mut rows: Vec<String> = orders().iter().map(priced).collect();
    for day in 0..400 {
        let at = Time(START_MS + day * DAY_MS);
        rows.push(format!("w{day},whale,Order Completed,{at},19.99,,,,,"));
    }
    let outcome = desk.run(&project, &rows, None, 1, ScoresFrom::Either);
    let told = warnings(&outcome).join("; ");
    for words in ["one customer made", "(399 of ", "was worth the same"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(
        !told.contains("whale") && !told.contains("clv is not known"),
        "{told}"
    );
    let models = forecasts(&outcome.out).models;
    let spend = models[0].spend.as_ref().expect("a mean");
    assert!((spend.parameters["mean"] - 19.99).abs() < 1e-9);
    let scores = table(&outcome.out, "scores");
    assert!(
        scores
            .iter()
            .all(|row| score(row, "clv") <= 19.99 * score(row, "expected_next") + 1e-4)
    );
    assert!(scores.iter().any(|row| score(row, "clv") > 19.0));
}

#[test]
fn a_step_keeps_small_changes_unsaid_and_within_it() {
    let desk = Desk::new();
    let settings = |step: u32, dates: &str| {
        project(&format!(
            "forecast: {{ dates: {dates}, horizon: 60d, floor: 100, model: bgnbd, step_percent: {step} }}"
        ))
    };
    let fine = table(&desk.orders(&settings(0, "weekly"), 1).out, "scores");
    let coarse = table(&desk.orders(&settings(10, "weekly"), 1).out, "scores");
    assert!(
        coarse.len() * 2 < fine.len(),
        "{} {}",
        coarse.len(),
        fine.len()
    );
    for row in fine.iter().filter(is_told) {
        let in_force = coarse
            .iter()
            .rfind(|one| one["customer_id"] == row["customer_id"] && one["at"] <= row["at"]);
        let apart = score(in_force.expect("a score"), "p_alive") - score(row, "p_alive");
        assert!(apart.abs() <= 0.100_002, "{row:?}");
    }
    // At the end, one score each: whoever had given all back has ordered again by then.
    let end = desk.orders(&settings(5, "end"), 1);
    assert_eq!(table(&end.out, "scores").len(), CUSTOMERS);
}

#[test]
fn an_order_refunded_whole_is_none() {
    let desk = Desk::new();
    let project = project("forecast: { dates: end, horizon: 60d, floor: 100, model: bgnbd }");
    let (mut without, mut refunded) = (Vec::new(), Vec::new());
    for (number, (at, row)) in ORDERS.iter().enumerate() {
        refunded.push(row.clone());
        let mut cells = row.split(',');
        let (customer, amount) = (cells.nth(1).expect("one"), cells.nth(2).expect("an amount"));
        if number % 10 > 0 || amount.starts_with('-') {
            without.push(row.clone());
            continue;
        }
        let at = Time(*at);
        refunded.push(format!(
            "r{number},{customer},Order Refunded,{at},{amount},,,,,"
        ));
    }
    // So that history ends alike.
    let end = Time(START_MS + DAYS as i64 * DAY_MS);
    let scores = |rows: &[String]| {
        let outcome = desk.run(&project, rows, Some(end), 1, ScoresFrom::Either);
        let rows = table(&outcome.out, "scores");
        let said = |mut row: BTreeMap<String, String>| {
            let customer = row.remove("customer_id").expect("whose");
            row.remove("at");
            (customer, row)
        };
        let scores: BTreeMap<_, _> = rows.into_iter().map(said).collect();
        (scores, forecasts(&outcome.out).models)
    };
    let ((scores_without, models_without), (scores, models)) =
        (scores(&without), scores(&refunded));
    assert!(refunded.len() > without.len() + 300 && scores.len() > 200);
    assert_eq!(models_without[0].parameters, models[0].parameters);
    assert_eq!(scores_without, scores);
}

#[test]
fn an_explanation_tells_the_score_its_model_and_why() {
    let desk = Desk::new();
    let project = project(MONTHLY);
    let outcome = desk.orders(&project, 1);
    let results = Results::open(&outcome.out).expect("results");
    let left = table(&outcome.out, "transitions");
    let left = left.iter().find(|row| row["to"] == "leaving").expect("one");
    let at = Time::parse(&left["at"], &Zone::utc()).expect("a time");
    let told = story(&project, &results, &left["customer_id"], at).expect("told");
    let place = &told.explanation.lifecycles[0];
    assert_eq!(place.last.expect("a move").at, at);
    assert_eq!(place.reason[0].text, "p_alive < 0.4");
    assert_eq!(place.reason[0].holds, Some(true));
    let scores = told.scores.expect("scores");
    assert_eq!(scores.since, at);
    assert!(scores.model.as_deref().expect("a model").contains("nbd-"));
    let why = scores.why().expect("a reason");
    assert!(
        why.contains("she ordered") && why.contains("customers with"),
        "{why}"
    );
    assert!(
        !told
            .touches
            .iter()
            .any(|touch| touch.event.contains("Scored"))
    );
}
