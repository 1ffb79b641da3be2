{{- define "newel.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "newel.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "newel.labels" -}}
{{ include "newel.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "newel.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "newel.several" -}}
{{- if or (gt (int .Values.replicas) 1) .Values.autoscaling.enabled -}}yes{{- end -}}
{{- end -}}

{{- define "newel.job" -}}
{{- if and .Values.migrations.job (ne .Values.database.engine "sqlite") -}}yes{{- end -}}
{{- end -}}

{{/* What cannot work is refused before anything is changed. */}}
{{- define "newel.check" -}}
{{- if include "newel.several" . -}}
{{- if eq .Values.database.engine "sqlite" -}}
{{- fail "several replicas need database.engine postgres or mysql: SQLite is one file of one node" -}}
{{- end -}}
{{- if and (not .Values.persistence.existingClaim) (ne .Values.persistence.accessMode "ReadWriteMany") -}}
{{- fail "several replicas share the data volume (the audit key, the SSH host key, plugins): set persistence.accessMode to ReadWriteMany" -}}
{{- end -}}
{{- end -}}
{{- if and (ne .Values.database.engine "sqlite") (not .Values.existingSecret) -}}
{{- fail "database.engine postgres or mysql needs existingSecret, with the key database-url" -}}
{{- end -}}
{{- if and .Values.files.url (not .Values.existingSecret) -}}
{{- fail "files.url needs existingSecret, with the key s3-secret-key" -}}
{{- end -}}
{{- if and .Values.serviceMonitor.enabled (not .Values.existingSecret) -}}
{{- fail "serviceMonitor needs existingSecret, with the key metrics-token" -}}
{{- end -}}
{{- end -}}

{{- define "newel.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "newel.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- define "newel.env" -}}
- { name: NEWEL__HTTP__HOST, value: "0.0.0.0" }
- { name: NEWEL__SSH__HOST, value: "0.0.0.0" }
- { name: NEWEL__SSH__HOST_KEY, value: ssh/host_ed25519 }
- { name: NEWEL__LOG__FORMAT, value: json }
{{- if ne .Values.database.engine "sqlite" }}
- { name: NEWEL__DATABASE__URL_FILE, value: /run/secrets/newel/database-url }
{{- end }}
{{- if include "newel.job" . }}
- { name: NEWEL__MIGRATIONS__AUTO, value: "false" }
{{- end }}
{{- with .Values.files }}
{{- if .url }}
- { name: NEWEL__BLOBS__URL, value: {{ .url | quote }} }
- { name: NEWEL__BLOBS_S3__ACCESS_KEY_ID, value: {{ .accessKeyId | quote }} }
- { name: NEWEL__BLOBS_S3__SECRET_ACCESS_KEY_FILE, value: /run/secrets/newel/s3-secret-key }
{{- if .endpoint }}
- { name: NEWEL__BLOBS_S3__ENDPOINT, value: {{ .endpoint | quote }} }
{{- end }}
{{- if .provider }}
- { name: NEWEL__BLOBS_S3__PROVIDER, value: {{ .provider | quote }} }
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.serviceMonitor.enabled }}
- { name: NEWEL__METRICS__TOKEN_FILE, value: /run/secrets/newel/metrics-token }
{{- end }}
{{- with .Values.ingress.trustedProxies }}
- { name: NEWEL__HTTP__TRUSTED_PROXIES, value: {{ join "," . | quote }} }
{{- end }}
{{- range $name, $value := .Values.env }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end -}}

{{/* With a dict: root, and config, the name of the ConfigMap with newel.toml. */}}
{{- define "newel.mounts" -}}
- { name: site, mountPath: /site }
- { name: config, mountPath: /site/newel.toml, subPath: newel.toml, readOnly: true }
- { name: tmp, mountPath: /tmp }
{{- if .Values.existingSecret }}
- { name: secret, mountPath: /run/secrets/newel, readOnly: true }
{{- end }}
{{- end -}}

{{- define "newel.dataMounts" -}}
{{- range list "data" "ssh" "certs" "backups" "plugins" }}
- { name: data, mountPath: /site/{{ . }}, subPath: {{ . }} }
{{- end }}
{{- end -}}

{{- define "newel.volumes" -}}
- { name: site, emptyDir: { sizeLimit: 16Mi } }
- { name: tmp, emptyDir: { sizeLimit: 1Gi } }
- { name: config, configMap: { name: {{ .config }} } }
{{- if .root.Values.existingSecret }}
- { name: secret, secret: { secretName: {{ .root.Values.existingSecret }}, defaultMode: 0440 } }
{{- end }}
{{- end -}}

{{- define "newel.claim" -}}
{{ .Values.persistence.existingClaim | default (printf "%s-data" (include "newel.name" .)) }}
{{- end -}}

{{- define "newel.place" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
