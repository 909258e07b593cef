//! Tokens that the provider of a cloud makes for one of its clusters.

use std::time::{Duration, Instant};

use flashinfra_providers::{Class, Error, Origin};
use http::HeaderValue;
use tokio::sync::Mutex;

/// For how long a token is used: less than those of any cloud last (EKS's 15 minutes), and making one takes no call.
const LIFE: Duration = Duration::from_secs(5 * 60);

/// Tokens for one cluster.
#[derive(Debug)]
pub(crate) struct Tokens {
    origin: Origin,
    cluster: String,
    last: Mutex<Option<(HeaderValue, Instant)>>,
}

impl Tokens {
    pub(crate) fn new(origin: Origin, cluster: String) -> Self {
        Self { origin, cluster, last: Mutex::default() }
    }

    /// The header that says who we are.
    ///
    /// # Errors
    /// When there are no credentials to make a token with.
    pub(crate) async fn bearer(&self) -> Result<HeaderValue, Error> {
        let mut last = self.last.lock().await;
        if let Some((header, made)) = &*last
            && made.elapsed() < LIFE
        {
            return Ok(header.clone());
        }
        let no_token = |why: &str| Error::new(Class::AskPerson, format!("no token for {}: {why}", self.cluster));
        let made = self.origin.cluster_token(&self.cluster).await?;
        let made = made.ok_or_else(|| no_token("the provider that it is in makes none"))?;
        let mut header = HeaderValue::from_str(&format!("Bearer {}", made.token.reveal()))
            .map_err(|_| no_token("it is no text that a header takes"))?;
        header.set_sensitive(true);
        *last = Some((header.clone(), Instant::now()));
        Ok(header)
    }
}
