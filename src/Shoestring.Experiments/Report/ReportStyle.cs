namespace Shoestring.Experiments;

/// <summary>The page's style: light and dark by the reader's setting, one column on a telephone, ink-saving in print.</summary>
static class ReportStyle
{
    public const string Text = """
        :root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1a2029;--soft:#566072;--line:#dfe3ea;--accent:#1f5fbf;--accent-soft:#e6eefb;--good:#0b6e4f;--good-soft:#e1f3ec;--warn:#8a4b00;--warn-soft:#fdf0df;--point:#8893a5}
        @media (prefers-color-scheme:dark){:root{--page:#11151b;--card:#191f28;--ink:#e6eaf0;--soft:#9ba7b8;--line:#2d3643;--accent:#7fb0ff;--accent-soft:#1d2c45;--good:#6fd3ab;--good-soft:#16322a;--warn:#f0b872;--warn-soft:#37291a;--point:#748297}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
        body{margin:0;overflow-wrap:anywhere;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
        main,header,footer{max-width:1180px;margin:0 auto;padding:0 24px}
        header{padding-top:40px}
        .eyebrow{margin:0;color:var(--soft);font-size:.8rem;letter-spacing:.06em;text-transform:uppercase}
        h1{margin:.1em 0 .15em;font-size:clamp(1.6rem,4vw,2.3rem);line-height:1.2;overflow-wrap:anywhere;text-wrap:balance}
        h2{margin:0 0 .5em;font-size:1.25rem;line-height:1.3}
        h3{margin:0 0 .6em;font-size:.95rem}
        p{margin:0 0 .8em;max-width:75ch}
        .soft{color:var(--soft)}
        .meta{max-width:none;color:var(--soft);font-size:.9rem;overflow-wrap:anywhere}
        section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:24px;margin:20px 0}
        a{color:var(--accent)}
        :focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
        .skip{position:absolute;left:-9999px}.skip:focus{left:16px;top:8px;background:var(--card);padding:8px 12px;z-index:9}
        .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        .badge{display:inline-block;margin-left:.45em;padding:.05em .55em;border-radius:99px;font-size:.8em;font-weight:600;background:var(--accent-soft);color:var(--accent);white-space:nowrap}
        .badge.chosen{background:var(--good-soft);color:var(--good)}.badge.plain{background:none;border:1px solid var(--line);color:var(--soft)}
        .note{border-left:4px solid var(--warn);background:var(--warn-soft);padding:10px 14px;border-radius:0 8px 8px 0;margin:0 0 12px;overflow-wrap:anywhere}
        .verdict{border-left:4px solid var(--good);padding-left:16px}.verdict.none{border-color:var(--warn)}
        .verdict .name{font-size:1.45rem;font-weight:650;line-height:1.3;overflow-wrap:anywhere;margin:0 0 .3em}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:18px 0 0;padding:0}
        .tiles div{border:1px solid var(--line);border-radius:10px;padding:12px 14px}
        .tiles dt{color:var(--soft);font-size:.82rem}.tiles dd{margin:0;font-size:1.15rem;font-weight:620;white-space:nowrap;font-variant-numeric:tabular-nums}
        .tiles small{display:block;font-size:.8rem;font-weight:400;white-space:normal;color:var(--soft)}
        .controls{display:none;flex-wrap:wrap;gap:12px 20px;margin:0 0 12px}.js .controls{display:flex}
        .controls label{display:flex;align-items:center;gap:8px;color:var(--soft);font-size:.9rem}
        select{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:8px;padding:6px 8px;min-height:36px;max-width:100%}
        .plot{display:block;width:100%;height:auto;font-size:12.5px}.plot.narrow{display:none}
        .plot text{fill:var(--soft)}.plot .grid{stroke:var(--line);stroke-width:1;fill:none}.plot .axis{stroke:var(--soft);fill:none}
        .plot .title-x,.plot .title-y{fill:var(--ink)}
        .plot .front{fill:none;stroke:var(--accent);stroke-width:2;stroke-dasharray:5 4;stroke-linejoin:round}
        .plot .curve polyline{fill:none;stroke-width:2;stroke-linejoin:round}.plot .curve.seen polyline{stroke:var(--point);stroke-width:1.25}.plot .curve.judged polyline{stroke:var(--accent)}.plot .curve.judged circle{fill:var(--accent)}.plot .curve text{fill:var(--ink);paint-order:stroke;stroke:var(--card);stroke-width:3px}
        .plot .target{fill:transparent}.plot .mark{fill:var(--card);stroke:var(--point);stroke-width:2}
        .plot .error{stroke:var(--point);stroke-width:1.5;fill:none}
        .plot .on-front .mark{fill:var(--accent);stroke:var(--card)}.plot .on-front .error{stroke:var(--accent)}
        .plot .chosen .mark{fill:var(--good)}.plot .ring{fill:none;stroke:var(--good);stroke-width:2}.plot .chosen .error{stroke:var(--good)}
        .plot .label{fill:var(--ink);paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}.plot .chosen .label{font-weight:700}
        .plot .point{cursor:default}.plot .point:focus{outline:none}.plot .point:focus-visible .target{stroke:var(--accent);stroke-width:3}
        .legend{display:flex;flex-wrap:wrap;gap:6px 20px;margin:10px 0 0;padding:0;list-style:none;color:var(--soft);font-size:.85rem}
        .legend svg{width:22px;height:18px;vertical-align:-4px;margin-right:5px;overflow:visible}
        #tip{position:absolute;z-index:5;max-width:300px;background:var(--ink);color:var(--page);border-radius:8px;padding:8px 12px;font-size:.85rem;pointer-events:none}
        .scroll{overflow-x:auto;position:relative}
        .full{margin:0 -24px;padding:0 24px}
        table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
        caption{text-align:left;color:var(--soft);font-size:.85rem;padding-bottom:8px}
        th,td{padding:8px 12px;border-bottom:1px solid var(--line);text-align:right;vertical-align:top;white-space:nowrap}
        th:first-child,td:first-child,.words td,.words th{text-align:left}
        .words td{white-space:normal;overflow-wrap:anywhere}.words td.tight{white-space:nowrap}
        thead th{vertical-align:bottom;color:var(--soft);font-weight:600;font-size:.91em}
        tbody th{font-weight:600}
        .candidates th,.candidates td{overflow-wrap:normal}.candidates .name{display:inline-block;max-width:240px;white-space:normal;overflow-wrap:break-word}.candidates th:first-child{position:sticky;left:0;background:var(--card);z-index:1}
        th button{all:unset;cursor:pointer;border-radius:4px;white-space:normal;display:inline-block;max-width:8.5em}
        th button:focus-visible{outline:3px solid var(--accent)}th button:disabled{cursor:default}
        .js th button::after{content:" ↕";content:" ↕" / "";opacity:.45}.js th[aria-sort=ascending] button::after{content:" ↑";content:" ↑" / "";opacity:1}.js th[aria-sort=descending] button::after{content:" ↓";content:" ↓" / "";opacity:1}
        td small{display:block;color:var(--soft);font-size:.85em}
        .candidates tr.chosen th,tr.chosen td{background:var(--good-soft)}
        .src{font-weight:400;color:var(--soft);font-size:.8em;margin-left:.35em;text-decoration:none;cursor:help}
        .bars{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:28px 36px}
        .bars figure{margin:0;min-width:0}
        .bar{display:grid;grid-template-columns:minmax(60px,24%) minmax(0,1fr) 104px;gap:10px;align-items:center;font-size:.84rem;line-height:1.9}
        .bar .who{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.bar .what{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
        .track{width:100%;height:18px;overflow:visible}.ground{fill:var(--line);opacity:.45}
        .fill{fill:var(--point)}.bar.on-front .fill{fill:var(--accent)}.bar.chosen .fill{fill:var(--good)}.expected{stroke:var(--ink);stroke-width:2}
        .receipt{width:100%}.receipt td:nth-child(3){white-space:nowrap}.receipt td:last-child{color:var(--soft);font-size:.84rem;min-width:16em}
        .metrics td:nth-child(2){min-width:15em}
        dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:16px 0}dl.facts dt{color:var(--soft)}dl.facts dd{margin:0;overflow-wrap:anywhere}
        code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.86em}
        pre{margin:0;padding:12px 14px;background:var(--page);border:1px solid var(--line);border-radius:8px;overflow-x:auto;tab-size:2}
        details{margin-top:12px}summary{cursor:pointer;font-weight:600}details>*:not(summary){margin-top:10px}
        ul{padding-left:1.2em;margin:.3em 0}li{overflow-wrap:anywhere}
        footer{color:var(--soft);font-size:.85rem;padding-bottom:48px}
        @media (max-width:640px){main,header,footer{padding:0 14px}header{padding-top:24px}section{padding:18px 14px}.full{margin:0 -14px;padding:0 14px}.plot.wide{display:none}.plot.narrow{display:block}dl.facts{grid-template-columns:1fr;gap:0}dl.facts dd{margin-bottom:8px}.bars{grid-template-columns:1fr}.tiles{grid-template-columns:1fr 1fr;gap:10px}.tiles div{padding:10px}.tiles dd{font-size:1.02rem}.tiles .src{font-size:.72rem}.candidates .name{max-width:104px}.candidates tbody .badge{display:block;width:max-content;margin:2px 0 0}th,td{padding:8px 9px}}
        @media print{:root{--page:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--accent:#1f5fbf;--good:#0b6e4f;--good-soft:#eef7f3;--accent-soft:#eef3fb;--point:#777}body{font-size:10pt}section{break-inside:avoid;border:none;padding:0;margin:14px 0}.controls,.skip,#tip{display:none!important}.full{margin:0;padding:0;overflow:visible}.candidates{font-size:6.6pt}.candidates th,.candidates td{padding:3px 4px;white-space:normal}.fill,.track,.expected,.candidates tr.chosen th,tr.chosen td{print-color-adjust:exact;-webkit-print-color-adjust:exact}details::details-content{content-visibility:visible;height:auto}th button::after{content:""!important}pre{white-space:pre-wrap}}
        @media (prefers-reduced-motion:no-preference){.plot .point{transition:transform .25s ease}}
        """;
}
