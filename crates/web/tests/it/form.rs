//! A form as a page shows it, to fill in and send back as a browser would.

/// What a form sends.
pub(crate) struct Form {
    pub(crate) action: String,
    fields: Vec<(String, String)>,
}

impl Form {
    /// The form of a page that is sent to `action`, with what stands in it.
    pub(crate) fn of(html: &str, action: &str) -> Self {
        let start = format!("action=\"{action}\"");
        let at = html.find(&start).unwrap_or_else(|| panic!("no form is sent to {action}: {html}"));
        let body = html[at..].split("</form>").next().unwrap();
        let mut fields = Vec::new();
        let mut rest = body;
        while let Some(open) = rest.find('<') {
            rest = &rest[open..];
            let tag = &rest[..=rest.find('>').unwrap()];
            let inner = &rest[tag.len()..];
            if tag.starts_with("<input ") {
                let kind = attribute(tag, "type").unwrap_or_default();
                let sent =
                    !matches!(kind.as_str(), "checkbox" | "radio" | "file") || tag.contains(" checked");
                if let Some(name) = attribute(tag, "name").filter(|_| sent) {
                    fields.push((name, attribute(tag, "value").unwrap_or_default()));
                }
            } else if tag.starts_with("<textarea ") {
                let text = inner.split("</textarea>").next().unwrap();
                let text = text.strip_prefix('\n').unwrap_or(text);
                fields.push((attribute(tag, "name").unwrap(), unescape(text)));
            } else if tag.starts_with("<select ") {
                let options = inner.split("</select>").next().unwrap();
                let chosen = options
                    .split("<option")
                    .skip(1)
                    .find(|o| o.split('>').next().unwrap().contains(" selected"));
                let chosen = chosen.or_else(|| options.split("<option").nth(1)).unwrap_or_default();
                let words =
                    chosen.split('>').nth(1).unwrap_or_default().split('<').next().unwrap_or_default();
                let value = attribute(chosen, "value").unwrap_or_else(|| unescape(words));
                fields.push((attribute(tag, "name").unwrap(), value));
            }
            rest = inner;
        }
        Self { action: action.to_owned(), fields }
    }

    /// What stands in a field.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// All that stands in fields of a name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect()
    }

    /// Fills a field in.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(n, _)| n != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What is sent.
    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        self.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = format!(" {name}=\"");
    let at = tag.find(&start)? + start.len();
    tag[at..].split('"').next().map(unescape)
}

fn unescape(text: &str) -> String {
    let mut out = text.to_owned();
    for (entity, c) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ] {
        out = out.replace(entity, c);
    }
    out
}
