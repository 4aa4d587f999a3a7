//! That no type of the embedded bindings goes without its layout.
//!
//! Each `layout!` asserts what it lists, when the bindings are compiled; what nobody lists, nobody asserts. So the
//! text of the bindings is read here, before `wdk-sys` includes it: every structure and every union has a `layout!`,
//! and that of a union names all of its fields. (Of a structure the compiler sees to that.)

/// The first type in the text of some bindings whose layout is not asserted; none where all are.
pub(crate) fn missing(bindings: &str) -> Option<String> {
    types(bindings)
        .find(|found| !is_asserted(bindings, found))
        .map(|found| format!("{} {}", found.keyword, found.name))
}

/// A structure or a union in the bindings.
struct Type<'a> {
    keyword: &'a str,
    name: &'a str,
    fields: Vec<&'a str>,
}

fn types(bindings: &str) -> impl Iterator<Item = Type<'_>> {
    bindings.lines().enumerate().filter_map(|(line, text)| {
        let mut words = text.strip_prefix("pub ")?.split([' ', '<', '(', '{', ';']);
        let keyword = words
            .next()
            .filter(|word| ["struct", "union"].contains(word))?;
        let name = words.next()?;
        let body = bindings.lines().skip(line + 1);
        let fields = body
            .take_while(|text| *text != "}")
            .filter_map(|text| {
                let (name, _) = text.trim_start_matches("    ").split_once(':')?;
                let name = name.strip_prefix("pub ").unwrap_or(name);
                name.chars().all(is_of_a_name).then_some(name)
            })
            .collect();
        Some(Type {
            keyword,
            name,
            fields,
        })
    })
}

fn is_of_a_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

fn is_asserted(bindings: &str, found: &Type<'_>) -> bool {
    let head = format!("{} {}:", found.keyword, found.name);
    bindings.split("layout! {").skip(1).any(|layout| {
        let listed = layout.trim_start().strip_prefix(&head);
        let listed = listed.and_then(|rest| rest.split_once('}')?.0.split_once(';'));
        listed.is_some_and(|(_, offsets)| {
            let named: Vec<_> = offsets
                .split(',')
                .filter_map(|entry| entry.split_whitespace().next())
                .collect();
            found.fields.iter().all(|field| named.contains(field))
        })
    })
}
