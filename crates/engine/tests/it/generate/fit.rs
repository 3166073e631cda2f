//! Makes a random project whole: gives everything its name, and lets each rule read only what its
//! place may read, so that nothing reads itself round a circle.

use perennial_rules::expr::{Function, Tally};
use perennial_rules::project::{From, Project};
use perennial_rules::{Expr, Rule};

use super::rule::halves;
use super::stage_name;

/// What a rule may read.
struct Sight {
    /// The lifecycle that it stands in, where it may read it.
    own: bool,
    /// Whether it may read the touch at hand.
    touch: bool,
    /// Whether it may not read the clock.
    calm: bool,
    /// Lifecycles decided before.
    lifecycles: Vec<usize>,
    /// Segments decided before.
    segments: Vec<usize>,
}

/// Fits names and rules. Of two subjects that of the lower rank may be read by the other.
///
/// Half of the subjects are calm: their rules read nothing that changes as time passes.
pub fn fit(project: &mut Project, ranks: &[(u8, bool)]) {
    let lifecycles = project.lifecycles.len();
    let segments = project.segments.len();
    let rank = |subject: usize| (ranks[subject].0, subject);
    let sight = |subject: usize, own: bool, touch: bool| Sight {
        own,
        touch,
        calm: ranks[subject].1,
        lifecycles: (0..lifecycles)
            .filter(|other| rank(*other) < rank(subject))
            .collect(),
        segments: (0..segments)
            .filter(|other| rank(lifecycles + other) < rank(subject))
            .collect(),
    };
    for (number, lifecycle) in project.lifecycles.iter_mut().enumerate() {
        lifecycle.name = format!("lifecycle {number}");
        if let Some(rule) = &mut lifecycle.applies_to {
            fit_rule(rule, &sight(number, false, false));
        }
        let stages = lifecycle.stages.len() as u8;
        for (stage_number, stage) in lifecycle.stages.iter_mut().enumerate() {
            stage.name = stage_name(stage_number);
            for clause in &mut stage.enter {
                if let From::Named { stages: from, .. } = &mut clause.from {
                    from.iter_mut().for_each(|stage| *stage %= stages);
                }
                if let Some(rule) = &mut clause.when {
                    fit_rule(rule, &sight(number, true, true));
                }
            }
        }
    }
    for (number, segment) in project.segments.iter_mut().enumerate() {
        segment.name = format!("segment {number}");
        fit_rule(&mut segment.when, &sight(lifecycles + number, false, false));
    }
}

fn fit_rule(rule: &mut Rule, sight: &Sight) {
    fit_expr(&mut rule.expr, sight);
    rule.text = rule.expr.to_string();
}

fn fit_expr(expr: &mut Expr, sight: &Sight) {
    if sight.calm {
        calm(expr);
    }
    match expr {
        Expr::Touch(name) if !sight.touch => *expr = Expr::Name(std::mem::take(name)),
        Expr::Stage(name) => {
            let fits = sight.fits(name);
            *expr = if fits {
                expr.clone()
            } else {
                Expr::Name("plan".into())
            };
        }
        Expr::TimeInStage(name) => {
            let fits = sight.fits(name);
            *expr = if fits { expr.clone() } else { Expr::Age };
        }
        Expr::Ever { lifecycle, stage } => {
            // Every lifecycle has the first two stages.
            if !["stage 0", "stage 1"].contains(&stage.as_str()) {
                *stage = "stage 1".into();
            }
            if !sight.fits(lifecycle) {
                *expr = Expr::Name("plan".into());
            }
        }
        Expr::InSegment(name) => match pick(&sight.segments, name) {
            Some(number) => *name = format!("segment {number}"),
            None => *expr = Expr::Name("points".into()),
        },
        Expr::Not(inner) | Expr::Negate(inner) => fit_expr(inner, sight),
        Expr::All(parts) | Expr::Any(parts) => {
            parts.iter_mut().for_each(|part| fit_expr(part, sight))
        }
        Expr::Compare { left, right, .. } | Expr::Arithmetic { left, right, .. } => {
            fit_expr(left, sight);
            fit_expr(right, sight);
        }
        Expr::In { value, list, .. } => {
            fit_expr(value, sight);
            list.iter_mut().for_each(|item| fit_expr(item, sight));
        }
        Expr::Between {
            value, low, high, ..
        } => {
            for part in [value, low, high] {
                fit_expr(part, sight);
            }
        }
        Expr::IsNull { value, .. } | Expr::Like { value, .. } => fit_expr(value, sight),
        _ => {}
    }
}

/// Puts something like it in the place of what reads the clock.
fn calm(expr: &mut Expr) {
    let count = |point| {
        Expr::Tally(Tally {
            function: Function::Count,
            point,
            measure: None,
            window: None,
        })
    };
    match expr {
        Expr::Tally(tally) => tally.window = None,
        Expr::Since(point) => *expr = count(Some(std::mem::take(point))),
        Expr::Age | Expr::TimeInStage(_) | Expr::Intent(_) | Expr::Score(_) => *expr = count(None),
        Expr::Span(span) => *expr = Expr::Number(halves(span.ms() / 5)),
        _ => {}
    }
}

impl Sight {
    /// Names a lifecycle that may be read, the rule's own by no name; answers whether there is one.
    fn fits(&self, name: &mut Option<String>) -> bool {
        let other = name
            .as_ref()
            .and_then(|number| pick(&self.lifecycles, number));
        let first = self.lifecycles.first().copied().filter(|_| !self.own);
        *name = other.or(first).map(|number| format!("lifecycle {number}"));
        name.is_some() || self.own
    }
}

fn pick(among: &[usize], number: &str) -> Option<usize> {
    let number: usize = number.parse().unwrap_or(0);
    (!among.is_empty()).then(|| among[number % among.len()])
}
