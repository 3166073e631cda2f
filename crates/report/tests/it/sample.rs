//! A report with every section in it, whose names are given.

use perennial_report::*;

/// Every section, with `name` wherever a text of a customer's may stand.
pub fn full(name: &str, count: usize) -> Report {
    let names: Vec<String> = (0..count).map(|number| format!("{name}{number}")).collect();
    let text = || name.to_owned();
    Report {
        about: about(name),
        glance: [
            Place::Headlines,
            Place::Business,
            Place::Stages,
            Place::Journey,
            Place::Opportunities,
            Place::Value,
        ]
        .map(|more| Glance {
            name: text(),
            text: text(),
            worth: money(),
            worth_name: text(),
            more,
        })
        .to_vec(),
        headlines: vec![Headline {
            name: text(),
            measure: rate(),
            before: Measure::new(0.2, Unit::Share),
            before_name: "28 days earlier".to_owned(),
            trend: [1.0, 3.0, 2.0].map(Some).to_vec(),
        }],
        changes: vec![text()],
        stages: Some(Stages {
            today: names
                .iter()
                .map(|stage| StageToday {
                    stage: stage.clone(),
                    customers: 10,
                    before: 5,
                })
                .collect(),
            dates: ["2025-01-01", "2025-01-08", "2025-01-15"]
                .map(str::to_owned)
                .to_vec(),
            trend: names
                .iter()
                .map(|name| Series {
                    name: name.clone(),
                    values: vec![1.0, 5.0, 10.0],
                })
                .collect(),
        }),
        flow: Some(Flow {
            from: "2025-01-01".to_owned(),
            to: "2025-01-15".to_owned(),
            streams: (0..count)
                .map(|to| Stream {
                    from: to.checked_sub(1),
                    to: Some(to),
                    customers: 10,
                })
                .collect(),
            moves: (0..count)
                .map(|to| Move {
                    from: None,
                    to: Some(to),
                    moves: 10,
                    median_days: Some(3.0),
                    spread_days: Some([1.0, 30.0]),
                })
                .collect(),
            stages: names.clone(),
        }),
        kpis: Some(kpis(name, &names)),
        journey: Some(journey(name, &names)),
        cohorts: Some(Cohorts {
            start: text(),
            back: text(),
            period: text(),
            cohorts: vec![
                Cohort {
                    name: text(),
                    size: 20,
                    returned: vec![Some(10), Some(0)],
                },
                Cohort {
                    name: "2025-01".to_owned(),
                    size: 10,
                    returned: vec![Some(2), None],
                },
            ],
        }),
        regions: Some(regions(name, &names)),
        opportunities: Some(Opportunities {
            meaning: text(),
            opportunities: vec![Opportunity {
                what: text(),
                of_whom: text(),
                customers: 12,
                now: rate(),
                better: rate(),
                gain: money(),
                assumption: text(),
            }],
        }),
        business: Some(Business {
            phase: text(),
            reasons: vec![text()],
            period: text(),
            names: vec![text()],
            periods: vec![BusinessPeriod {
                name: name.to_owned(),
                phase: text(),
                measures: vec![money()],
            }],
        }),
        ahead: Some(ahead(name, &names)),
        value: Some(value(name, &names)),
    }
}

fn ahead(name: &str, names: &[String]) -> Ahead {
    let expected = |median: f64| Expected {
        median,
        half: [median - 1.0, median + 1.0],
        most: [median - 3.0, median + 4.0],
    };
    Ahead {
        meaning: name.to_owned(),
        refusal: None,
        dates: ["2025-01-08", "2025-01-15", "2025-01-22", "2025-01-29"]
            .map(str::to_owned)
            .to_vec(),
        stages: names
            .iter()
            .map(|stage| StageAhead {
                stage: stage.clone(),
                past: vec![5.0, 10.0],
                ahead: vec![expected(12.0), expected(15.0)],
            })
            .collect(),
        trial: name.to_owned(),
        trials: names
            .iter()
            .map(|stage| StageTrial {
                stage: stage.clone(),
                error: 0.02,
                error_as_now: 0.1,
                error_of_trend: 0.05,
                bias: -0.01,
            })
            .collect(),
        warnings: vec![name.to_owned()],
    }
}

fn value(name: &str, names: &[String]) -> Value {
    let text = || name.to_owned();
    Value {
        meaning: text(),
        refusal: None,
        totals: vec![ValueTotal {
            name: text(),
            measure: money(),
            note: text(),
        }],
        bands: names
            .iter()
            .map(|name| ChurnBand {
                name: name.clone(),
                chances: text(),
                customers: 7,
                expected: Measure::new(700.0, Unit::Money),
                at_risk: Measure::new(300.0, Unit::Money),
            })
            .collect(),
        tenths: vec![ValueTenth {
            name: text(),
            customers: 7,
            each: [3.0, 9.0].map(|value| Measure::new(value, Unit::Money)),
            together: money(),
            share: 0.6,
        }],
        first: names
            .iter()
            .map(|customer| AtRisk {
                customer: customer.clone(),
                reason: text(),
                alive: Measure::new(0.4, Unit::Share),
                expected: money(),
                at_risk: Measure::new(40.0, Unit::Money),
            })
            .collect(),
        trials: vec![ValueTrial {
            from: "2025-01-01".to_owned(),
            to: "2025-03-31".to_owned(),
            customers: 100,
            forecast: Measure::within(90.0, Unit::Count, [80.0, 101.0]),
            came: Measure::new(95.0, Unit::Count),
            naive: Measure::new(190.0, Unit::Count),
            bias: Measure::new(-0.05, Unit::Share),
            error: [0.8, 1.6].map(|value| Measure::new(value, Unit::Share)),
            ranking: [0.7, 0.6].map(|value| Measure::new(value, Unit::Score)),
            inside: Measure::new(0.91, Unit::Share),
        }],
        warnings: vec![text()],
    }
}

fn rate() -> Measure {
    Measure::within(0.25, Unit::Share, [0.2, 0.3])
}

fn money() -> Measure {
    Measure::within(5_000.0, Unit::Money, [1_000.0, 9_000.0])
}

fn kpis(name: &str, names: &[String]) -> Kpis {
    let stage = |measure: Measure| StageFigure {
        measure,
        before: Measure::new(0.2, measure.unit),
        trend: vec![Some(0.1), None, Some(0.2), Some(0.25)],
    };
    let figure = |measure: Measure| KpiFigure {
        name: name.to_owned(),
        field: name.to_owned(),
        meaning: name.to_owned(),
        stages: names.iter().map(|_| stage(measure)).collect(),
    };
    Kpis {
        period: "2025-01".to_owned(),
        before: "2024-12".to_owned(),
        trend: "4 months".to_owned(),
        stages: names.to_vec(),
        figures: vec![
            figure(Measure::new(12.0, Unit::Customers)),
            figure(rate()),
            figure(Measure::new(None, Unit::Money)),
        ],
    }
}

fn regions(name: &str, names: &[String]) -> Regions {
    let region = |name: &String| Region {
        name: name.clone(),
        customers: 12,
        small: true,
        figures: vec![RegionFigure {
            measure: rate(),
            index: Some(120.0),
            differs: true,
        }],
    };
    Regions {
        meaning: name.to_owned(),
        names: vec![name.to_owned()],
        whole: region(&"all".to_owned()),
        levels: vec![RegionLevel {
            name: name.to_owned(),
            regions: names.iter().map(region).collect(),
        }],
        differences: vec![Difference {
            region: name.to_owned(),
            stage: name.to_owned(),
            figure: name.to_owned(),
            here: rate(),
            whole: rate(),
            index: Some(120.0),
            sample: 12,
        }],
    }
}

fn about(name: &str) -> About {
    About {
        workspace: name.to_owned(),
        lifecycle: name.to_owned(),
        as_of: "2025-01-16T00:00:00Z".to_owned(),
        span: Some(["2024-12-01T00:00:00Z", "2025-01-15T12:00:00Z"].map(str::to_owned)),
        rows_read: 1_234,
        rows_used: 1_200,
        rows_dropped: vec![("sent twice".to_owned(), 34)],
        customers: 100,
        rule_version: "09dfedc9".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        currency: Currency {
            code: "EUR".to_owned(),
            decimals: 2,
        },
        program: "0.1.0".to_owned(),
        definitions: vec!["stages/1".to_owned()],
        notes: vec![name.to_owned()],
    }
}

fn journey(name: &str, names: &[String]) -> Journey {
    let text = || name.to_owned();
    let touchpoint = |name: &String| Touchpoint {
        name: name.clone(),
        touches: 7,
        customers: 5,
        feeling: Some(Measure::new(4.5, Unit::Score)),
    };
    Journey {
        period: "January".to_owned(),
        stages: names
            .iter()
            .map(|stage| JourneyStage {
                stage: stage.clone(),
                customers: 10,
                touchpoints: names.iter().take(50).map(touchpoint).collect(),
            })
            .collect(),
        pains: vec![Pain {
            what: text(),
            stage: text(),
            touchpoint: text(),
            customers: 4,
            severity: rate(),
            usual: rate(),
            value: money(),
            evidence: text(),
            remedy: text(),
        }],
    }
}
