{{/* What only the signer is told besides its keys. Takes the root, gives JSON. */}}
{{- define "muniment.signerVariables" -}}
{{- $variables := dict -}}
{{- with .Values.signer.archiveId }}{{ $_ := set $variables "MUNIMENT_ARCHIVE_ID" . }}{{ end -}}
{{- with .Values.signer.timestampAuthorityUrl }}{{ $_ := set $variables "MUNIMENT_TSA_URL" . }}{{ end -}}
{{- $variables | toJson -}}
{{- end -}}

{{/* Ports the signer reaches: those of all services, the timestamp authority's and those of remote keys. */}}
{{- define "muniment.signerEgressPorts" -}}
{{- $ports := include "muniment.egressPorts" . | fromJsonArray -}}
{{- with .Values.signer.timestampAuthorityUrl -}}{{- $ports = append $ports (int (include "muniment.portOfUrl" .)) -}}{{- end -}}
{{- range .Values.signer.extraEgressPorts -}}{{- $ports = append $ports (int .) -}}{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end -}}

{{- define "muniment.trustFolder" -}}/etc/muniment-trust{{- end -}}

{{/* What the gateway is told about attestations of others, and which repositories need attestations. Takes the root, gives JSON. */}}
{{- define "muniment.trustVariables" -}}
{{- $variables := dict -}}
{{- if .Values.gateway.trustedRoot }}{{ $_ := set $variables "MUNIMENT_TRUSTED_ROOT" (printf "%s/trusted_root.json" (include "muniment.trustFolder" .)) }}{{ end -}}
{{- if .Values.gateway.attestationPolicy }}{{ $_ := set $variables "MUNIMENT_ATTESTATION_POLICY" (printf "%s/attestation.toml" (include "muniment.trustFolder" .)) }}{{ end -}}
{{- $variables | toJson -}}
{{- end -}}
