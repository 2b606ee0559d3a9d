//! Tables whose rows people add, fill and take away.

use contract::FieldError;
use leptos::prelude::*;
use ui::{Button, Erase, Glyph, Icon, Kind, SelectOption};

/// A row: what stands in its cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Of the element; never the same twice.
    key: usize,
    /// One per column.
    pub cells: Vec<RwSignal<String>>,
}

impl Row {
    /// What stands in a cell.
    pub fn get(&self, i: usize) -> String {
        self.cells.get(i).map(|c| c.get().trim().to_owned()).unwrap_or_default()
    }
}

/// How a cell is filled. A select's answers may depend on the cells before it.
#[derive(Clone)]
pub enum Ask {
    /// From a list.
    Choice(Callback<Row, Vec<SelectOption>>),
    /// By writing; with an example.
    Text(&'static str),
}

/// A column.
#[derive(Clone)]
pub struct Column {
    /// Words over it.
    pub label: &'static str,
    /// How its cells are filled.
    pub ask: Ask,
}

/// A table.
#[derive(Clone, Copy)]
pub struct Rows {
    /// Its rows.
    pub rows: RwSignal<Vec<Row>>,
    next: StoredValue<usize>,
}

impl Rows {
    /// With these texts to begin with.
    pub fn new(texts: Vec<Vec<String>>) -> Self {
        let table = Self { rows: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
        texts.into_iter().for_each(|cells| table.push(cells));
        table
    }

    fn push(self, cells: Vec<String>) {
        let key = self.next.get_value();
        self.next.set_value(key + 1);
        self.rows.update(|rows| rows.push(Row { key, cells: cells.into_iter().map(RwSignal::new).collect() }));
    }
}

/// The table with its heading. `pointer`: place of its rows in the settings, where refusals point to. `blank`: what a new row begins with.
#[component]
pub fn RowsTable(
    table: Rows,
    title: &'static str,
    hint: &'static str,
    add: &'static str,
    columns: Vec<Column>,
    blank: Vec<&'static str>,
    pointer: &'static str,
    faults: Signal<Vec<FieldError>>,
    may_write: bool,
) -> impl IntoView {
    let columns = StoredValue::new(columns);
    let blank = StoredValue::new(blank);
    let none = move || table.rows.with(Vec::is_empty);
    let wrong = move |key: usize| {
        let i = table.rows.with(|rows| rows.iter().position(|r| r.key == key))?;
        let own = format!("{pointer}/{i}");
        faults.with(|all| {
            all.iter().find(|f| f.pointer.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))).map(|f| f.message.clone())
        })
    };
    let cell = move |row: &Row, i: usize, column: &Column| {
        let Some(value) = row.cells.get(i).copied() else { return ().erase() };
        let label = column.label;
        let write = move |ev| value.set(event_target_value(&ev));
        let inside = match column.ask.clone() {
            Ask::Text(example) => view! { <input aria-label=label placeholder=example disabled=!may_write autocomplete="off" spellcheck="false" value=value.get_untracked() prop:value=move || value.get() on:input=write/> }.erase(),
            Ask::Choice(options) => {
                let row = row.clone();
                let all = move || {
                    let mut all = options.run(row.clone());
                    // What is held is shown, also where it is not on offer (any more).
                    let held = value.get_untracked();
                    if !all.iter().any(|o| o.value == held) {
                        all.push(SelectOption::new(held.clone(), held));
                    }
                    all
                };
                let options = move || all().into_iter().map(|o| { let chosen = value.with_untracked(|v| *v == o.value); view! { <option value=o.value selected=chosen>{o.label}</option> }.erase() }).collect_view();
                view! { <select aria-label=label disabled=!may_write on:change=write>{options}</select><Icon glyph=Glyph::ChevronDown size="s"/> }.erase()
            }
        };
        view! { <div class="field">{inside}</div> }.erase()
    };
    let one = move |row: Row| {
        let key = row.key;
        let cells = columns.with_value(|columns| columns.iter().enumerate().map(|(i, c)| cell(&row, i, c)).collect_view());
        view! {
            <li>
                {cells}
                {may_write.then(|| view! { <button type="button" class="btn" data-kind="ghost" data-icon="" aria-label="Take this row away" on:click=move |_| table.rows.update(|rows| rows.retain(|r| r.key != key))><Icon glyph=Glyph::X/></button> })}
                {move || wrong(key).map(|words| view! { <p class="error"><Icon glyph=Glyph::TriangleAlert size="s"/>{words}</p> })}
            </li>
        }
        .erase()
    };
    let heads = columns.with_value(|columns| columns.iter().map(|c| view! { <span class="lab">{c.label}</span> }).collect_view());
    let count = columns.with_value(Vec::len);
    view! {
        <section class="sect rows" style=format!("--columns:{count}")>
            <h3 class="head">{title}</h3>
            <p class="hint">{hint}</p>
            <div class="heads" aria-hidden="true" hidden=none>{heads}</div>
            <ul aria-label=title><For each=move || table.rows.get() key=|row| row.key children=one/></ul>
            {may_write.then(|| view! { <Button kind=Kind::Ghost icon=Glyph::Plus on_press=move |()| table.push(blank.with_value(|b| b.iter().map(|t| (*t).to_owned()).collect()))>{add}</Button> })}
        </section>
    }
    .erase()
}
