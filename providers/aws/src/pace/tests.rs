//! Reads in virtual time, before a service that is a list of answers.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_sts::config::{AsyncSleep, Sleep};
use aws_smithy_runtime_api::client::http::http_client_fn;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;
use flashinfra_plans::{Live, Map};
use flashinfra_providers::{Class, Create, Error, Inputs, Question, Read, Write};

use super::*;
use crate::adapter::Adapter;
use crate::clients::Clients;
use crate::settings::Settings;

const SECOND: Duration = Duration::from_secs(1);

/// A service that gives these answers, one after the other and the last one for ever, and notes when it was asked.
#[derive(Clone, Debug)]
struct Service {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Instant>>>,
}

#[derive(Clone, Copy, Debug)]
struct Answer {
    status: u16,
    retry_after: Option<&'static str>,
    body: &'static str,
}

const NOTHING: Answer = Answer { status: 200, retry_after: None, body: "<DescribeSubnetsResponse/>" };

/// Throttled.
fn busy(status: u16, retry_after: Option<&'static str>) -> Answer {
    let body = "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>slow down</Message></Error></Errors></Response>";
    Answer { status, retry_after, body }
}

impl Service {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), asked: Arc::default() }
    }

    /// The times between one request and the next.
    fn pauses(&self) -> Vec<Duration> {
        let asked = self.asked.lock().unwrap();
        asked.iter().zip(asked.iter().skip(1)).map(|(first, next)| *next - *first).collect()
    }

    fn answer(&self) -> HttpResponse {
        self.asked.lock().unwrap().push(now());
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().copied() };
        let Answer { status, retry_after, body } = next.unwrap();
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        response.headers_mut().insert("date", "Fri, 27 Nov 2026 08:00:00 GMT");
        if let Some(retry_after) = retry_after {
            response.headers_mut().insert("retry-after", retry_after);
        }
        response
    }

    /// An instance in a region that talks to this service and to no other.
    async fn instance(&self, region: &'static str, paces: &Arc<Paces>) -> Adapter {
        let service = self.clone();
        let http = http_client_fn(move |_, _| SharedHttpConnector::new(service.clone()));
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(region))
            .credentials_provider(Credentials::for_tests())
            .sleep_impl(Virtual)
            .http_client(http);
        Adapter::new(Clients::of(config.load().await, &Settings::default(), paces).unwrap(), None)
    }
}

impl HttpConnector for Service {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Ok(self.answer()))
    }
}

/// The SDK's pauses, in the runtime's time.
#[derive(Debug)]
struct Virtual;

impl AsyncSleep for Virtual {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(duration))
    }
}

async fn read(instance: &Adapter) -> Live {
    let question = Question { kind: "aws.subnet".into(), id: "subnet-1".into(), attributes: Map::default() };
    instance.read(&[question]).await.remove(0)
}

fn unreadable(reason: &str) -> Live {
    Live::Unreadable { reason: reason.into() }
}

async fn check_minds(busy: Answer) {
    let service = Service::new([busy, NOTHING]);
    let instance = service.instance("us-east-1", &Arc::default()).await;
    assert_eq!(read(&instance).await, Live::Absent);
    let pauses = service.pauses();
    let [pause] = pauses.as_slice() else { panic!("{pauses:?}") };
    assert!((SECOND * 7..SECOND * 9).contains(pause), "{busy:?} {pause:?}");
}

#[tokio::test(start_paused = true)]
async fn a_read_is_not_sent_again_before_the_service_said() {
    check_minds(busy(503, Some("7"))).await;
    check_minds(busy(429, Some("7"))).await;
    check_minds(busy(503, Some("Fri, 27 Nov 2026 08:00:07 GMT"))).await;
    // What stands before a service knows none of its codes.
    check_minds(Answer { body: "<html>come back later</html>", ..busy(503, Some("7")) }).await;
}

#[tokio::test(start_paused = true)]
async fn a_read_that_is_always_throttled_ends_and_says_what_it_was() {
    for (answer, most) in [(busy(503, Some("2")), 4), (busy(503, None), 4), (busy(400, None), 4)] {
        let service = Service::new([answer]);
        let instance = service.instance("us-east-1", &Arc::default()).await;
        let started = now();
        let reason = "ec2:DescribeSubnets: slow down (RequestLimitExceeded)";
        assert_eq!(read(&instance).await, unreadable(reason), "{answer:?}");
        assert_eq!(service.pauses().len() + 1, most, "{answer:?}");
        assert!(now() - started < SECOND * 60, "{answer:?} {:?}", now() - started);
    }
}

#[tokio::test(start_paused = true)]
async fn who_would_wait_too_long_is_told_at_once() {
    let service = Service::new([busy(503, Some("300"))]);
    let paces = Arc::default();
    let instance = service.instance("us-east-1", &paces).await;
    let started = now();
    let reason = "ec2:DescribeSubnets: slow down (RequestLimitExceeded)";
    assert_eq!(read(&instance).await, unreadable(reason));
    // Nobody asks the service meanwhile.
    let reason = "ec2:DescribeSubnets was not sent, since ec2/us-east-1 throttles, and its next turn is 300 s away";
    assert_eq!(read(&instance).await, unreadable(reason));
    assert_eq!((service.pauses().len(), now()), (0, started));
}

#[tokio::test(start_paused = true)]
async fn all_instances_share_the_bucket_of_a_service_in_a_region() {
    let (busy, quick) = (Service::new([busy(503, Some("9")), NOTHING]), Service::new([NOTHING]));
    let paces = Arc::default();
    let (first, second) = (busy.instance("us-east-1", &paces).await, quick.instance("us-east-1", &paces).await);
    let elsewhere = quick.instance("eu-west-1", &paces).await;
    let started = now();
    let (_, (), ()) = tokio::join!(
        read(&first),
        async {
            tokio::time::sleep(SECOND).await;
            read(&elsewhere).await;
            assert_eq!(now() - started, SECOND, "another region is as quick as ever");
        },
        async {
            tokio::time::sleep(SECOND).await;
            read(&second).await;
            assert!(now() - started >= SECOND * 9, "{:?}", now() - started);
        }
    );
}

#[tokio::test(start_paused = true)]
async fn a_write_is_sent_once_and_the_engine_is_told_when() {
    for (retry_after, asked) in [("7", 7), ("Fri, 27 Nov 2026 08:01:00 GMT", 60), ("300", 300)] {
        let service = Service::new([busy(503, Some(retry_after))]);
        let instance = service.instance("us-east-1", &Arc::default()).await;
        let address = flashinfra_plans::Address::parse("aws.subnet/main").unwrap();
        let request = Create {
            kind: "aws.subnet".into(),
            mark: flashinfra_plans::OwnerMark { stack: "c5b0".into(), address, generation: 1 },
            token: "5f".repeat(32).into(),
            inputs: Inputs::default(),
        };
        let Error { class, retry_after, .. } = instance.create(&request).await.unwrap_err();
        assert_eq!((class, retry_after), (Class::Retry, Some(SECOND * asked)));
        assert_eq!(service.asked.lock().unwrap().len(), 1);
    }
}

#[test]
fn what_a_header_asks_for() {
    let asked = |retry_after, date| {
        let mut headers = Headers::new();
        headers.insert("retry-after", retry_after);
        headers.insert("date", date);
        super::retry_after(&headers)
    };
    let date = "Fri, 27 Nov 2026 23:59:50 GMT";
    assert_eq!(asked("0", date), Some(Duration::ZERO));
    assert_eq!(asked(" 120 ", date), Some(SECOND * 120));
    assert_eq!(asked("Sat, 28 Nov 2026 00:00:10 GMT", date), Some(SECOND * 20));
    assert_eq!(asked("Fri, 27 Nov 2026 00:00:10 GMT", date), Some(Duration::ZERO));
    assert_eq!(asked("soon", date), None);
    assert_eq!(asked("-1", date), None);
    assert_eq!(super::retry_after(&Headers::new()), None);
}
