//! A webhook: an HTTPS server that says of each object whether the cluster may have it, under a certificate of its own.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use flashinfra_test_support::NOBODY;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// Why an object is refused; none when it is not.
type Judge = dyn Fn(&Json) -> Option<&'static str> + Send + Sync;

/// A server on a port of its own, for as long as the test runs.
pub(crate) struct Webhook {
    url: String,
    /// What a server has to trust, as a `caBundle`.
    bundle: String,
    asked: Arc<Mutex<Vec<Json>>>,
}

impl Webhook {
    /// Starts one that judges the objects of requests.
    pub(crate) async fn start(judge: impl Fn(&Json) -> Option<&'static str> + Send + Sync + 'static) -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/validate", listener.local_addr().unwrap());
        let bundle = base64::engine::general_purpose::STANDARD.encode(made.cert.pem());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, judge): (_, Arc<Judge>) = (Arc::clone(&asked), Arc::new(judge));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, log, judge) = (acceptor.clone(), Arc::clone(&log), Arc::clone(&judge));
                // Whatever is wrong with a connection shows in what the API server says of it.
                tokio::spawn(async move { serve(acceptor, stream, &log, &*judge).await });
            }
        });
        Self { url, bundle, asked }
    }

    /// One that nobody answers for.
    pub(crate) fn absent() -> Self {
        let url = format!("https://{NOBODY}/validate");
        Self { url, bundle: String::new(), asked: Arc::default() }
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Json> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The entry of a configuration that asks it about config maps of a namespace. All that an API server has defaults for is said: those
    /// of tests have none for these kinds, and then ask nobody.
    pub(crate) fn entry(&self, name: &str, namespace: &str, side_effects: &str) -> Json {
        let mut entry = json!({
            "name": name, "clientConfig": {"url": self.url}, "sideEffects": side_effects, "admissionReviewVersions": ["v1"],
            "failurePolicy": "Fail", "matchPolicy": "Equivalent", "timeoutSeconds": 5, "objectSelector": {},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "operations": ["CREATE", "UPDATE"], "scope": "*"}],
        });
        if !self.bundle.is_empty() {
            entry["clientConfig"]["caBundle"] = self.bundle.as_str().into();
        }
        entry
    }
}

/// Serves the requests of a connection.
async fn serve(acceptor: TlsAcceptor, stream: TcpStream, log: &Mutex<Vec<Json>>, judge: &Judge) -> Option<()> {
    let mut stream = BufReader::new(acceptor.accept(stream).await.ok()?);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            match line.trim_end().to_ascii_lowercase().split_once(": ") {
                Some(("content-length", value)) => length = value.parse().ok()?,
                Some(_) => {}
                None if line.trim_end().is_empty() => break,
                // The first line.
                None => {}
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let review: Json = serde_json::from_slice(&body).ok()?;
        let request = &review["request"];
        log.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        let mut response = json!({"uid": request["uid"], "allowed": true});
        if let Some(why) = judge(&request["object"]) {
            response["allowed"] = false.into();
            response["status"] = json!({"code": 403, "message": why});
        }
        let answer =
            json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}).to_string();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", answer.len());
        stream.write_all(format!("{head}{answer}").as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
    }
}
