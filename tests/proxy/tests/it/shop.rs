//! A tiny server that keeps VPCs, database instances and clusters, and does at once what it is told.

use std::collections::BTreeMap;
use std::sync::Mutex;

use flashinfra_test_support::{Answer, Request, Script};

/// What there is, by kind and name.
type Things = Mutex<BTreeMap<(&'static str, String), u32>>;

/// Starts a server with nothing in it.
pub(crate) fn start() -> Script {
    let (things, made) = (Things::default(), Mutex::new(0));
    Script::start(move |request| {
        let mut things = things.lock().unwrap();
        match request.line.split_once(' ').unwrap() {
            ("POST", "/") => form(request, &mut things, &mut made.lock().unwrap()),
            (method, path) => clusters(method, path, request, &mut things),
        }
    })
}

/// How many calls of this action reached the server.
pub(crate) fn reached(server: &Script, action: &str) -> usize {
    let action = format!("Action={action}&");
    server.requests().iter().filter(|request| format!("{}&", request.body).contains(&action)).count()
}

fn form(request: &Request, things: &mut BTreeMap<(&'static str, String), u32>, made: &mut u32) -> Answer {
    let value = |name: &str| {
        let pair = request.body.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        pair.map(str::to_owned)
    };
    let action = value("Action").unwrap();
    let names = |kind: &str| -> Vec<String> {
        things.keys().filter(|(of, _)| *of == kind).map(|(_, name)| name.clone()).collect()
    };
    match action.as_str() {
        "CreateVpc" => {
            *made += 1;
            let id = format!("vpc-{made}");
            things.insert(("vpc", id.clone()), 1);
            Answer::new(200, format!("<CreateVpcResponse><vpc>{}</vpc></CreateVpcResponse>", vpc(&id)))
        }
        "DeleteVpc" => {
            things.remove(&("vpc", value("VpcId").unwrap()));
            Answer::new(200, "<DeleteVpcResponse><return>true</return></DeleteVpcResponse>")
        }
        "DescribeVpcs" => {
            let asked = value("VpcId.1").or_else(|| value("Filter.1.Value.1"));
            let found = names("vpc").into_iter().filter(|id| asked.as_ref().is_none_or(|asked| asked == id));
            let items: String = found.map(|id| format!("<item>{}</item>", vpc(&id))).collect();
            if items.is_empty() && value("VpcId.1").is_some() {
                return Answer::new(
                    400,
                    "<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code></Error></Errors></Response>",
                );
            }
            Answer::new(200, format!("<DescribeVpcsResponse><vpcSet>{items}</vpcSet></DescribeVpcsResponse>"))
        }
        "CreateDBInstance" | "ModifyDBInstance" | "DeleteDBInstance" => {
            let name = value("DBInstanceIdentifier").unwrap();
            let key = ("db", name.clone());
            if action == "DeleteDBInstance" {
                things.remove(&key);
            } else {
                things.insert(key, 1);
            }
            let result = format!("<{action}Result><DBInstance>{}</DBInstance></{action}Result>", database(&name));
            Answer::new(200, format!("<{action}Response>{result}</{action}Response>"))
        }
        "DescribeDBInstances" => {
            let asked = value("DBInstanceIdentifier");
            let found = names("db").into_iter().filter(|name| asked.as_ref().is_none_or(|asked| asked == name));
            let items: String = found.map(|name| format!("<DBInstance>{}</DBInstance>", database(&name))).collect();
            if items.is_empty() && asked.is_some() {
                return Answer::new(
                    404,
                    "<ErrorResponse><Error><Code>DBInstanceNotFound</Code></Error></ErrorResponse>",
                );
            }
            let list = format!("<DBInstances>{items}</DBInstances>");
            let result = format!("<DescribeDBInstancesResult>{list}</DescribeDBInstancesResult>");
            Answer::new(200, format!("<DescribeDBInstancesResponse>{result}</DescribeDBInstancesResponse>"))
        }
        _ => Answer::new(400, "<Response><Errors><Error><Code>InvalidAction</Code></Error></Errors></Response>"),
    }
}

fn vpc(id: &str) -> String {
    format!(
        "<vpcId>{id}</vpcId><state>available</state><tagSet><item><key>Name</key><value>{id}</value></item></tagSet>"
    )
}

fn database(name: &str) -> String {
    let endpoint = "<Endpoint><Address>db.test</Address><Port>5432</Port></Endpoint>";
    format!(
        "<DBInstanceIdentifier>{name}</DBInstanceIdentifier><DBInstanceStatus>available</DBInstanceStatus>{endpoint}"
    )
}

fn clusters(method: &str, path: &str, request: &Request, things: &mut BTreeMap<(&'static str, String), u32>) -> Answer {
    let cluster = |name: &str| format!(r#"{{"cluster":{{"name":"{name}","status":"ACTIVE","endpoint":"https://x"}}}}"#);
    let path = path.split('?').next().unwrap();
    let name = path.split('/').nth(2).unwrap_or_default().to_owned();
    let key = ("cluster", name.clone());
    match (method, path.split('/').nth(3)) {
        ("POST", None) if name.is_empty() => {
            let said: serde_json::Value = serde_json::from_str(&request.body).unwrap();
            let name = said["name"].as_str().unwrap().to_owned();
            match things.insert(("cluster", name.clone()), 1) {
                None => Answer::new(200, cluster(&name)),
                Some(_) => Answer::new(409, r#"{"message":"exists"}"#),
            }
        }
        ("GET", None) if name.is_empty() => {
            let names: Vec<_> = things.keys().filter(|(of, _)| *of == "cluster").map(|(_, name)| name).collect();
            Answer::new(200, serde_json::json!({ "clusters": names }).to_string())
        }
        _ if !things.contains_key(&key) => Answer::new(404, r#"{"message":"No cluster found"}"#),
        ("GET", None) => Answer::new(200, cluster(&name)),
        ("DELETE", None) => {
            things.remove(&key);
            Answer::new(200, cluster(&name))
        }
        _ => Answer::new(200, r#"{"update":{"id":"u","status":"InProgress"}}"#),
    }
}
