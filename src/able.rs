//! What the kinds of a provider can do beside being planned and applied, and what to say of one that cannot.

use flashinfra_plans::{Address, Ledger, Name};
use flashinfra_providers::{Error, Read, operate};

use crate::error::EngineError;
use crate::session::Session;

/// What a person wanted of the object of an address, and its kind cannot do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAble {
    /// The command: `scale`, `restart`, `logs`.
    pub act: &'static str,
    /// The address.
    pub address: Address,
    /// The kinds of its provider that can do it.
    pub able: Vec<Name>,
    /// What the ledger owns of these.
    pub here: Vec<Address>,
    /// Whether it was asked of the sandbox, which runs nothing.
    pub is_sandbox: bool,
}

impl NotAble {
    /// As a sentence without a full stop.
    pub(crate) fn told(&self) -> String {
        let Self { act, address, .. } = self;
        match *act {
            "scale" => format!("{address} cannot be scaled by hand"),
            "restart" => format!("{address} cannot be restarted by hand"),
            "logs" => format!("{address} has no log that can be read here"),
            act => format!("{address} does not know `{act}`"),
        }
    }

    /// What can, and what to do instead.
    pub(crate) fn help(&self) -> String {
        let Self { act, address, able, here, is_sandbox } = self;
        let instead = match *act {
            "scale" => {
                "How much there is of it is part of what is declared: change that, then plan and apply.".to_owned()
            }
            "restart" => format!("`flashinfra plan --replace {address}` plans to make it anew."),
            _ => "Look where its service keeps what it writes.".to_owned(),
        };
        if able.is_empty() && *is_sandbox {
            return "The sandbox runs no programs; only replicas that are declared can be changed in it by hand."
                .into();
        }
        if able.is_empty() {
            let provider = address.kind().split('.').next().unwrap_or_default();
            return format!("No kind of {provider} does that. {instead}");
        }
        let kinds = listed(able);
        match &here[..] {
            [] => format!("`flashinfra {act}` is for {kinds}. {instead}"),
            here => format!("`flashinfra {act}` is for {kinds}: here {}. {instead}", listed(here)),
        }
    }
}

/// The error of a kind that cannot do something, or what a provider said of another one.
pub(crate) fn failed(
    error: &Error,
    session: &Session,
    reader: &dyn Read,
    ledger: &Ledger,
    act: &'static str,
    address: &Address,
) -> EngineError {
    let address = address.clone();
    if error.code != operate::UNSUPPORTED {
        return EngineError::NotOperated { act, address, why: error.to_string() };
    }
    let able = reader.able(act);
    let is_here = |at: &&Address| able.iter().any(|kind| *kind == at.kind());
    let here = ledger.rows.keys().filter(is_here).cloned().collect();
    let is_sandbox = session.sandbox.is_some();
    EngineError::NotAble(NotAble { act, address, able, here, is_sandbox })
}

/// `a`, `a and b`, `a, b and c`; no more than a few.
fn listed<T: std::fmt::Display>(all: &[T]) -> String {
    const MAX: usize = 6;
    let mut words: Vec<String> = all.iter().take(MAX).map(ToString::to_string).collect();
    if all.len() > MAX {
        words.push(format!("{} more", all.len() - MAX));
    }
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kind_cannot_do_is_told_with_what_can_and_what_to_do_instead() {
        let address = |text: &str| Address::parse(text).unwrap();
        let kinds = || vec![Name::from("kubernetes.deployment"), Name::from("kubernetes.stateful_set")];
        let of = |act, able, here| NotAble {
            act,
            address: address("kubernetes.config_map/web"),
            able,
            here,
            is_sandbox: false,
        };
        for (not_able, told, help) in [
            (
                of("scale", kinds(), vec![address("kubernetes.deployment/web")]),
                "kubernetes.config_map/web cannot be scaled by hand",
                "`flashinfra scale` is for kubernetes.deployment and kubernetes.stateful_set: here kubernetes.deployment/web. How much there is \
                 of it is part of what is declared: change that, then plan and apply.",
            ),
            (
                of("restart", kinds(), Vec::new()),
                "kubernetes.config_map/web cannot be restarted by hand",
                "`flashinfra restart` is for kubernetes.deployment and kubernetes.stateful_set. `flashinfra plan --replace \
                 kubernetes.config_map/web` plans to make it anew.",
            ),
            (
                of("logs", Vec::new(), Vec::new()),
                "kubernetes.config_map/web has no log that can be read here",
                "No kind of kubernetes does that. Look where its service keeps what it writes.",
            ),
        ] {
            assert_eq!((not_able.told().as_str(), not_able.help().as_str()), (told, help));
        }
        let in_sandbox = NotAble { is_sandbox: true, ..of("logs", Vec::new(), Vec::new()) };
        assert!(in_sandbox.help().starts_with("The sandbox runs no programs;"), "{}", in_sandbox.help());
        let many: Vec<Address> = (0..9).map(|number| address(&format!("kubernetes.deployment/web-{number}"))).collect();
        assert!(of("scale", kinds(), many).help().contains("kubernetes.deployment/web-5 and 3 more. How much"));
    }
}
