-- Where webhooks may lead. Copy this plugin into your site's folder, write the hosts here and approve them:
--
--     return { "hooks.slack.com", "example.org" }

return {}
