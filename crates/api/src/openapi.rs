//! The OpenAPI document, made of the table of routes.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::field::{Field, Form};
use crate::route::{JSON, Opens, Route};
use crate::routes::routes;

/// All routes as OpenAPI 3.1, in JSON.
pub fn openapi() -> String {
    let mut paths = Map::new();
    for route in routes() {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.verb.word().to_lowercase()] = operation(route);
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Perennial",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": "The write key as the name."},
            },
            "schemas": {"Problem": problem()},
        },
    });
    // A document of texts and objects can be written.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn operation(route: &Route) -> Value {
    let mut parameters: Vec<Value> = in_path(route.path).map(path_parameter).collect();
    parameters.extend(route.query.iter().map(query_parameter));
    parameters.extend(route.others.map(other_parameters));
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.says,
        "description": format!("For {}.", route.opens.word()),
        "responses": {
            "200": {
                "description": route.answers,
                "content": {route.media: {"schema": {}}},
            },
            "default": {
                "description": "Refused.",
                "content": {JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    });
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(body) = route.body {
        let schema = object(body);
        let required = body.iter().any(|field| field.required);
        operation["requestBody"] =
            json!({"required": required, "content": {JSON: {"schema": schema}}});
    } else if route.run.is_none() {
        let description =
            "In the words of the client; compressed by gzip, deflate or zstd, or not.";
        operation["requestBody"] = json!({"required": true, "description": description, "content": {"*/*": {"schema": {}}}});
    }
    operation["security"] = match route.opens {
        Opens::All => json!([]),
        Opens::Write => json!([{"basic": []}, {"bearer": []}]),
        Opens::Read | Opens::Admin | Opens::Host => json!([{"bearer": []}]),
    };
    operation
}

/// A name for programs: `get_v1_customers_id`.
fn operation_id(route: &Route) -> String {
    let mut id = route.verb.word().to_lowercase();
    let parts = route.path.split(|c: char| !c.is_ascii_alphanumeric());
    for part in parts.filter(|part| !part.is_empty()) {
        id.push('_');
        id.push_str(part);
    }
    id
}

fn in_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
}

fn path_parameter(name: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
}

fn query_parameter(field: &Field) -> Value {
    json!({
        "name": field.name, "in": "query", "required": field.required, "description": field.says,
        "schema": schema(field.form),
    })
}

/// Names that are not told one by one.
fn other_parameters(says: &str) -> Value {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    json!({
        "name": "options", "in": "query", "required": false, "description": says, "style": "form", "explode": true,
        "schema": {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, texts]}},
    })
}

fn object(fields: &[Field]) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = schema(field.form);
        schema["description"] = json!(field.says);
        properties.insert(field.name.to_owned(), schema);
    }
    let required: BTreeSet<&str> = fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name)
        .collect();
    json!({
        "type": "object", "additionalProperties": false, "properties": properties, "required": required,
    })
}

fn schema(form: Form) -> Value {
    match form {
        Form::Text => json!({"type": "string", "minLength": 1}),
        Form::Word(words) => json!({"type": "string", "enum": words}),
        Form::Time => json!({"type": "string", "format": "date-time"}),
        Form::Count(u64::MAX) => json!({"type": "integer", "minimum": 0}),
        Form::Count(most) => json!({"type": "integer", "minimum": 0, "maximum": most}),
        Form::Flag => json!({"type": "boolean"}),
        Form::Texts => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        Form::List => json!({"type": "array", "items": {"type": "string", "minLength": 1}}),
        Form::Questions => {
            let value = json!({"type": ["string", "number", "boolean", "array", "null"]});
            let options = json!({"type": "object", "additionalProperties": value});
            let question = json!({"type": "string", "minLength": 1});
            json!({"type": "object", "minProperties": 1, "additionalProperties": {
                "type": "object", "required": ["question"], "additionalProperties": false,
                "properties": {"question": question, "options": options},
            }})
        }
    }
}

fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["code", "message", "request_id"],
        "properties": {
            "code": {"type": "string", "description": "Stable, for programs."},
            "message": {"type": "string", "description": "For people."},
            "request_id": {"type": "string"},
        },
    })
}
