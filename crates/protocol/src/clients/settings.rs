//! What browser clients ask for before they send: settings that switch off what is not here.

use crate::call::Call;
use crate::parts::Made;
use crate::reply::Form;

/// Where PostHog's client is told to send events.
const POSTHOG_PATH: &str = "/e/";

/// Segment's: one integration, which is this server.
pub(crate) fn segment(call: &Call<'_>) -> Form {
    let key = call.segments().nth(2).unwrap_or_default();
    let mut api = Made::new()
        .text("apiKey", key)
        .json("unbundledIntegrations", "[]")
        .json("addBundledMetadata", "true");
    // The client sends to the host that it is told; without one, to a host of Segment's.
    if let Some(host) = call.header("host") {
        api = api.text("apiHost", &format!("{host}/v1"));
    }
    let integrations = Made::new().json("Segment.io", &api.end());
    json(
        Made::new()
            .json("integrations", &integrations.end())
            .json("plan", r#"{"track":{"__default":{"enabled":true,"integrations":{}}},"identify":{"__default":{"enabled":true}},"group":{"__default":{"enabled":true}}}"#)
            .json("edgeFunction", "{}")
            .json("analyticsNextEnabled", "true")
            .json("middlewareSettings", "{}")
            .json("enabledMiddleware", "{}")
            .json("metrics", r#"{"sampleRate":0}"#)
            .json("legacyVideoPluginsEnabled", "false")
            .json("remotePlugins", "[]")
            .end(),
    )
}

/// RudderStack's: a source without destinations.
pub(crate) fn rudderstack() -> Form {
    json(
        r#"{"source":{"id":"perennial","name":"perennial","writeKey":"","enabled":true,"workspaceId":"perennial","config":{"statsCollection":{"errors":{"enabled":false},"metrics":{"enabled":false}}},"connections":[],"destinations":[]},"consentManagementMetadata":{"providers":[]}}"#
            .to_owned(),
    )
}

/// PostHog's remote settings.
pub(crate) fn posthog(call: &Call<'_>) -> Form {
    json(posthog_config(call))
}

/// The same as a script, which is tried first.
pub(crate) fn posthog_script(call: &Call<'_>) -> Form {
    let key = call.segments().nth(1).unwrap_or_default();
    let is_plain = |key: &str| {
        key.bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    };
    let key = if is_plain(key) { key } else { "" };
    let config = posthog_config(call);
    let script = format!(
        "(function(){{window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{{}};window._POSTHOG_REMOTE_CONFIG['{key}']={{config:{config},siteApps:[]}}}})();"
    );
    Form::Text("application/javascript", script)
}

/// PostHog's flags, of which there are none.
pub(crate) fn posthog_flags() -> Form {
    json(
        r#"{"flags":{},"featureFlags":{},"featureFlagPayloads":{},"errorsWhileComputingFlags":false,"quotaLimited":[],"supportedCompression":["gzip","gzip-js"],"sessionRecording":false,"config":{"enable_collect_everything":true}}"#
            .to_owned(),
    )
}

fn posthog_config(call: &Call<'_>) -> String {
    let key = call.segments().nth(1).unwrap_or_default();
    Made::new()
        .text("token", key)
        .json("supportedCompression", r#"["gzip","gzip-js"]"#)
        .json("hasFeatureFlags", "false")
        .json("captureDeadClicks", "false")
        .json("capturePerformance", "false")
        .json("autocapture_opt_out", "false")
        .json("autocaptureExceptions", "false")
        .json(
            "analytics",
            &Made::new().text("endpoint", POSTHOG_PATH).end(),
        )
        .json("elementsChainAsString", "true")
        .json("sessionRecording", "false")
        .json("heatmaps", "false")
        .json("surveys", "false")
        .json("defaultIdentifiedOnly", "true")
        .json("siteApps", "[]")
        .end()
}

fn json(text: String) -> Form {
    Form::Text("application/json", text)
}
