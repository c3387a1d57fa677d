use super::{Fault, FaultKind, Service};
use crate::webhooks::WebhookFaults;

/// Faults for a whole run: dice that hit a share of all answers, a script, or both.
///
/// ```
/// use access_sync_sandbox::{FaultKind, Faults, Service};
///
/// // One answer in twenty goes wrong, always the same ones for the same seed and calls.
/// let dice = Faults::random(7, 0.05);
/// // Only Brivo, and only in two ways.
/// let cut = Faults::random(7, 0.2)
///     .service(Service::Brivo)
///     .kinds([FaultKind::ClosedBefore, FaultKind::ClosedAfter]);
/// // A story.
/// let script = Faults::script(
///     r#"
///     brivo closed-after on "POST /users" after 3 times 2
///     entrata property-missing-100235 always   # a lost permission
///     nexudus throttled-5 on "GET /spaces/bookings"
///     "#,
/// )?;
/// # let _ = (dice, cut, script);
/// # Ok::<(), access_sync_sandbox::ScriptError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Faults {
    pub(super) dice: Option<Dice>,
    pub(super) script: Vec<Fault>,
    pub(crate) webhooks: Option<WebhookFaults>,
}

#[derive(Debug, Clone)]
pub(super) struct Dice {
    pub(super) seed: u64,
    pub(super) rate: f64,
    pub(super) kinds: Vec<FaultKind>,
    pub(super) services: Vec<Service>,
}

/// A fault is not spelled as it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ScriptError {
    line: usize,
    message: String,
}

impl ScriptError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            line: 1,
            message: message.into(),
        }
    }

    pub(super) fn kind(text: &str) -> Self {
        Self::new(format!(
            "\"{text}\" is no fault; known are status-N, throttled-SECONDS, expired-token, html, \
             blank, truncated, closed-before, closed-after, stalled, stalled-after, delay-MILLIS, \
             short-page-N, repeated-page, in-band-CODE and property-missing-ID"
        ))
    }

    /// Which line of the script, from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

impl Faults {
    /// None.
    pub fn none() -> Self {
        Self::default()
    }

    /// Every answer goes wrong with the probability `rate`, in a way that the dice choose; the
    /// same seed and the same calls give the same faults. `rate` is held to 0..=1.
    pub fn random(seed: u64, rate: f64) -> Self {
        let kinds = vec![
            FaultKind::Status(500),
            FaultKind::Status(503),
            FaultKind::Throttled {
                retry_after_secs: 1,
            },
            FaultKind::ExpiredToken,
            FaultKind::Html,
            FaultKind::Blank,
            FaultKind::Truncated,
            FaultKind::ClosedBefore,
            FaultKind::ClosedAfter,
            FaultKind::ShortPage { missing: 1 },
            FaultKind::RepeatedPage,
            FaultKind::Delay { millis: 200 },
        ];
        let rate = if rate.is_finite() {
            rate.clamp(0.0, 1.0)
        } else {
            0.0
        };
        Self {
            dice: Some(Dice {
                seed,
                rate,
                kinds,
                services: Service::ALL.to_vec(),
            }),
            script: Vec::new(),
            webhooks: None,
        }
    }

    /// Reads a script: a fault per line, `service fault [on "OPERATION"] [property ID] [after N]
    /// [times N | always]`; `#` begins a remark. A line `random SEED RATE` throws dice as well, and
    /// `webhooks SEED [lost RATE] [duplicated RATE] [reordered RATE]` for webhooks on their way.
    ///
    /// # Errors
    /// [`ScriptError`] with the line and what is wrong there.
    pub fn script(text: &str) -> Result<Self, ScriptError> {
        let mut faults = Self::none();
        for (number, line) in text.split(['\n', ';']).enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let placed = |mut error: ScriptError| {
                error.line = number + 1;
                error
            };
            let words = words(line).map_err(placed)?;
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words.as_slice() {
                ["random", seed, rate] => {
                    let seed = seed.parse().map_err(|_| {
                        placed(ScriptError::new(format!("\"{seed}\" is no whole number")))
                    })?;
                    let rate = share(rate).map_err(placed)?;
                    faults.dice = Self::random(seed, rate).dice;
                }
                ["webhooks", seed, shares @ ..] => {
                    let webhooks = webhooks_of(seed, shares).map_err(placed)?;
                    faults.webhooks = Some(webhooks);
                }
                _ => faults.script.push(line_of(&words).map_err(placed)?),
            }
        }
        Ok(faults)
    }

    /// The dice throw only these.
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = FaultKind>) -> Self {
        if let Some(dice) = &mut self.dice {
            dice.kinds = kinds.into_iter().collect();
        }
        self
    }

    /// The dice are thrown for this service only.
    pub fn service(mut self, service: Service) -> Self {
        if let Some(dice) = &mut self.dice {
            dice.services = vec![service];
        }
        self
    }

    pub(crate) fn into_script(self) -> Vec<Fault> {
        self.script
    }

    /// Adds a fault to the script.
    pub fn with(mut self, fault: Fault) -> Self {
        self.script.push(fault);
        self
    }
}

fn share(text: &str) -> Result<f64, ScriptError> {
    let share = text
        .parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| ScriptError::new(format!("\"{text}\" is no rate from 0 to 1")))
}

fn webhooks_of(seed: &str, shares: &[&str]) -> Result<WebhookFaults, ScriptError> {
    let seed = seed
        .parse()
        .map_err(|_| ScriptError::new(format!("\"{seed}\" is no whole number")))?;
    let mut faults = WebhookFaults::new(seed, 0.0, 0.0, 0.0);
    for pair in shares.chunks(2) {
        let [name, rate] = pair else {
            return Err(ScriptError::new("a rate from 0 to 1 is missing at the end"));
        };
        let rate = share(rate)?;
        match *name {
            "lost" => faults.lost = rate,
            "duplicated" => faults.duplicated = rate,
            "reordered" => faults.reordered = rate,
            other => {
                return Err(ScriptError::new(format!(
                    "\"{other}\" does not happen to webhooks; write lost, duplicated or reordered"
                )));
            }
        }
    }
    Ok(faults)
}

fn words(line: &str) -> Result<Vec<String>, ScriptError> {
    let mut out = Vec::new();
    for (index, part) in line.split('"').enumerate() {
        if index % 2 == 1 {
            out.push(part.to_owned());
        } else {
            out.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    if line.matches('"').count() % 2 == 1 {
        return Err(ScriptError::new("a quotation mark is missing"));
    }
    Ok(out)
}

fn line_of(words: &[&str]) -> Result<Fault, ScriptError> {
    let [service, kind, rest @ ..] = words else {
        return Err(ScriptError::new(
            "a fault is written: brivo|entrata|nexudus FAULT [on \"OPERATION\"] [after N] [times N]",
        ));
    };
    let service = Service::ALL
        .into_iter()
        .find(|known| known.name() == *service)
        .ok_or_else(|| {
            ScriptError::new(format!(
                "\"{service}\" is no service; write brivo, entrata or nexudus"
            ))
        })?;
    let mut fault = Fault::new(service, kind.parse()?);
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        if *word == "always" {
            fault = fault.times(u32::MAX);
            continue;
        }
        let value = rest
            .next()
            .ok_or_else(|| ScriptError::new(format!("\"{word}\" needs a value after it")))?;
        let number = || {
            value
                .parse::<u32>()
                .map_err(|_| ScriptError::new(format!("\"{value}\" is no whole number")))
        };
        fault = match *word {
            "on" => fault.operation(*value),
            "after" => fault.after(number()?),
            "times" => fault.times(number()?),
            "property" => {
                let id = value
                    .parse()
                    .map_err(|_| ScriptError::new(format!("\"{value}\" is no property id")))?;
                fault.property(id)
            }
            other => {
                return Err(ScriptError::new(format!(
                    "\"{other}\" is not known here; write on, property, after, times or always"
                )));
            }
        };
    }
    Ok(fault)
}
