# Makes junheng.yaml(5) of the reference configuration, so that there is one text: conf/junheng.yaml.
BEGIN {
  print ".Dd November 23, 2026\n.Dt JUNHENG.YAML 5\n.Os junheng\n.Sh NAME\n.Nm junheng.yaml\n.Nd configuration of junhengd(8)"
  print ".Sh DESCRIPTION\nThe configuration is one YAML file; a mistake in it is reported as FILE:LINE:COLUMN with what was expected"
  print "(\n.Ql junheng check\n). The smallest one that works:\n.Bd -literal -offset indent"
  print "state: ./state\nsources:\n  - name: city\n    path: ./drop/city\n    counties: all\nchannels:\n  - name: office\n    type: webhook"
  print "    url: http://127.0.0.1:9000/hook\nalerts:\n  - notify: [office]\n.Ed\n.Sh ALL KEYS\nWith defaults, units and reasons:\n.Bd -literal"
}
{ gsub(/\\/, "\\e"); if ($0 ~ /^[.']/) $0 = "\\&" $0; print }
END { print ".Ed\n.Sh SEE ALSO\n.Xr junhengd 8 ,\n.Xr junheng 1" }
