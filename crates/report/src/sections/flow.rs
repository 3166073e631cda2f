//! Who moved between stages: where everybody stood on two dates, and every move in between.

use std::collections::BTreeMap;

use super::{MAX_STAGES, OUTSIDE, behind, paragraph};
use crate::charts::{Node, Ribbon, Sankey, sankey};
use crate::content::{Currency, Flow, Report, Unit};
use crate::dates::date_in_words;
use crate::figures::{amount, count, lengths, share};
use crate::html::{Cell, Page, Table, shortened, table};

/// Most kinds of moves in the table.
const MAX_MOVES: usize = 40;

pub(crate) fn flow(page: &mut Page, report: &Report) {
    let Some(flow) = &report.flow else {
        return;
    };
    let (nodes, ribbons) = bands(flow);
    let [from, to] = [&flow.from, &flow.to].map(|date| date_in_words(date));
    let total: u64 = ribbons.iter().map(|ribbon| ribbon.customers).sum();
    let stayed = ribbons.iter().filter(|ribbon| ribbon.from == ribbon.to);
    let stayed: u64 = stayed.map(|ribbon| ribbon.customers).sum();
    let lede = format!(
        "Of {} customers known by {}, {} ({}) stood in the same place as on {}.",
        count(total),
        to,
        count(stayed),
        share(if total == 0 {
            0.0
        } else {
            stayed as f64 / total as f64
        }),
        from
    );
    paragraph(page, "lede", &lede);
    let mut largest: Vec<&Ribbon> = ribbons.iter().filter(|r| r.from != r.to).collect();
    largest.sort_by_key(|ribbon| std::cmp::Reverse(ribbon.customers));
    let largest = largest.iter().take(3).map(|ribbon| {
        let name = |node: usize| shortened(&nodes[node].name, 40);
        format!(
            "{} from {} to {}",
            count(ribbon.customers),
            name(ribbon.from),
            name(ribbon.to)
        )
    });
    let largest = largest.collect::<Vec<_>>().join("; ");
    let title = format!("Customers by stage on {from} and on {to}");
    page.element("h3", &[], &title);
    let description = match largest.is_empty() {
        true => format!("{lede} Nobody moved."),
        false => format!("{lede} The largest groups that moved: {largest}."),
    };
    sankey(
        page,
        &Sankey {
            title: &title,
            description: &description,
            sides: [&from, &to],
            nodes: &nodes,
            ribbons: &ribbons,
        },
    );
    let columns = [
        ("Stood in", false),
        ("Now in", false),
        ("Customers", true),
        ("Share of those who stood there", true),
    ];
    let mut numbers = Table::new(title.clone(), &columns);
    for ribbon in &ribbons {
        let own = ribbons.iter().filter(|other| other.from == ribbon.from);
        let own: u64 = own.map(|other| other.customers).sum();
        numbers.row(vec![
            Cell::Name(
                nodes[ribbon.from].name.clone(),
                Some(nodes[ribbon.from].color),
            ),
            Cell::Words(shortened(&nodes[ribbon.to].name, 80)),
            Cell::Number(count(ribbon.customers)),
            Cell::Number(share(ribbon.customers as f64 / own.max(1) as f64)),
        ]);
    }
    behind(page, "Show the numbers of this chart as a table", &numbers);
    moves(page, flow);
}

/// The stages as places, those beyond the limit as one, and who went from where to where.
fn bands(flow: &Flow) -> (Vec<Node>, Vec<Ribbon>) {
    let shown = flow.stages.len().min(MAX_STAGES);
    let hidden = flow.stages.len() - shown;
    let mut nodes: Vec<Node> = flow.stages[..shown]
        .iter()
        .enumerate()
        .map(|(color, name)| Node {
            name: name.clone(),
            color,
        })
        .collect();
    if hidden > 0 {
        nodes.push(Node {
            name: format!("{hidden} other stages"),
            color: shown,
        });
    }
    nodes.push(Node {
        name: OUTSIDE.to_owned(),
        color: 7,
    });
    let outside = nodes.len() - 1;
    let place = |stage: Option<usize>| stage.map_or(outside, |stage| stage.min(shown));
    let mut customers: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for stream in &flow.streams {
        *customers
            .entry((place(stream.from), place(stream.to)))
            .or_default() += stream.customers;
    }
    let ribbons = customers.into_iter();
    let ribbons = ribbons.map(|((from, to), customers)| Ribbon {
        from,
        to,
        customers,
    });
    (nodes, ribbons.collect())
}

fn moves(page: &mut Page, flow: &Flow) {
    if flow.moves.is_empty() {
        return;
    }
    let columns = [
        ("From", false),
        ("To", false),
        ("Moves", true),
        ("Half moved within", true),
        ("Most moved after", true),
    ];
    let caption = format!(
        "Every move between {} and {}, and how long customers had stayed before",
        date_in_words(&flow.from),
        date_in_words(&flow.to)
    );
    let mut shown = Table::new(caption, &columns);
    let name = |stage: Option<usize>| {
        let name = stage.and_then(|stage| flow.stages.get(stage));
        shortened(name.map_or(OUTSIDE, String::as_str), 80)
    };
    let mut moves: Vec<_> = flow.moves.iter().collect();
    moves.sort_by_key(|one| std::cmp::Reverse(one.moves));
    for one in moves.iter().take(MAX_MOVES) {
        let none = Currency::default();
        let median = one.median_days;
        let median = median.map(|days| Cell::Number(amount(days, Unit::Days, &none)));
        let spread = one.spread_days.map(|ends| Cell::Number(lengths(ends)));
        let [median, spread] = [median, spread].map(|cell| cell.unwrap_or(Cell::Empty));
        shown.row(vec![
            Cell::Name(name(one.from), one.from.filter(|stage| *stage < MAX_STAGES)),
            Cell::Words(name(one.to)),
            Cell::Number(count(one.moves)),
            median,
            spread,
        ]);
    }
    let cut = moves.get(MAX_MOVES..).unwrap_or_default();
    if !cut.is_empty() {
        let all: u64 = cut.iter().map(|one| one.moves).sum();
        shown.rest = Some(format!(
            "Not shown here: {} more kinds of moves with {} moves together.",
            count(cut.len() as u64),
            count(all)
        ));
    }
    table(page, &shown);
    paragraph(
        page,
        "note",
        "One customer can move more than once. «Most» leaves out the fastest tenth and the slowest tenth.",
    );
}
