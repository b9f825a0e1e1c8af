using System.Text;

namespace Shoestring.Metering;

/// <summary>A receipt as a compact table for the terminal.</summary>
public static class ReceiptText
{
    const int LabelWidth = 16;

    /// <summary>
    /// One line per resource. After each number stands its source: m measured, c counted, ~ modelled, – unavailable.
    /// With <paramref name="explain"/>, every figure's formula or reason follows.
    /// </summary>
    public static string Format(Receipt receipt, bool explain = false)
    {
        var text = new StringBuilder();
        Heading(text, receipt.Work);
        foreach ((string label, Row[] rows) in Table(receipt))
        {
            Line(text, label, rows);
        }

        text.AppendLine("  m measured · c counted · ~ modelled · – unavailable");
        if (explain)
        {
            Explain(text, receipt);
        }

        return text.ToString();
    }

    /// <summary>How each figure was come by, one line each.</summary>
    public static string Explain(Receipt receipt)
    {
        var text = new StringBuilder();
        Explain(text, receipt);
        return text.ToString();
    }

    static void Heading(StringBuilder text, Work work)
    {
        text.Append("receipt · ").Append(work.Kind);
        if (work.Model is { } model)
        {
            text.Append(" · ").Append(model);
        }

        text.Append($" · {work.PromptTokens} prompt + {work.GeneratedTokens} generated tokens");
        text.AppendLine(work.Sequences > 1 ? $" · {work.Sequences} sequences" : "");
    }

    static void Line(StringBuilder text, string label, Row[] rows)
    {
        Row[] shown = [.. rows.Where(row => row.Figure.Value is not null || row.Always)];
        if (shown.Length == 0)
        {
            return;
        }

        text.Append("  ").Append(label.PadRight(LabelWidth));
        text.AppendLine(string.Join("   ", shown.Select(Cell)));
    }

    static string Cell(Row row)
    {
        string cell = row.Name.Length == 0 ? FigureText.Format(row.Figure) : $"{row.Name} {FigureText.Format(row.Figure)}";
        if (row.Figure is { Low: { } low, High: { } high })
        {
            cell += $" [{FigureText.Format(low, row.Figure.Unit)} to {FigureText.Format(high, row.Figure.Unit)}]";
        }

        if (row.Figure.Predicted is { } predicted)
        {
            string error = row.Figure.PredictionError is { } share ? $", {100 * share:+0.0;-0.0;0} %" : "";
            cell += $" (predicted {FigureText.Format(predicted, row.Figure.Unit)}{error})";
        }

        return cell;
    }

    static void Explain(StringBuilder text, Receipt receipt)
    {
        foreach ((string label, Row[] rows) in Table(receipt))
        {
            foreach (Row row in rows)
            {
                text.AppendLine($"  {label}{(row.Name.Length == 0 ? "" : ", " + row.Name)}: {FigureText.Format(row.Figure)}: {row.Figure.How}");
            }
        }
    }

    static IEnumerable<(string Label, Row[] Rows)> Table(Receipt receipt)
    {
        yield return ("computation", Computation(receipt.Computation));
        yield return ("memory", Memory(receipt.Memory));
        yield return ("energy", Energy(receipt.Energy));
        yield return ("money", [new("", receipt.Money.Dollars, true), new("", receipt.Money.DollarsPerMillionTokens)]);
        yield return ("communication", [new("sent", receipt.Communication.BytesSent, true), new("received", receipt.Communication.BytesReceived, true)]);
        yield return ("efficiency", Efficiency(receipt.Efficiency));
        yield return ("quality", Quality(receipt.Quality));
    }

    static Row[] Computation(ComputationFigures figures) =>
    [
        new("", figures.Flops, true), new("in", figures.Seconds, true), new("", figures.FlopsPerSecond), new("use of limit", figures.Utilization, true),
        .. Optional("processor", figures.ProcessorSeconds),
    ];

    static Row[] Memory(MemoryFigures figures) =>
    [
        new("peak", figures.PeakResidentBytes, true), new("weights", figures.WeightBytes), new("kv", figures.KvCacheBytes),
        new("activations", figures.ActivationBytes), new("gradients", figures.GradientBytes),
        new("optimizer", figures.OptimizerBytes), new("stored", figures.StoredBytes),
    ];

    static Row[] Energy(EnergyFigures figures) =>
        [new("", figures.Joules, true), .. Optional("model says", figures.ModelledJoules), new("carbon", figures.CarbonGrams, true)];

    static Row[] Efficiency(EfficiencyFigures figures) =>
        [new("", figures.TokensPerSecond), new("", figures.TokensPerJoule), new("", figures.TokensPerDollar)];

    static Row[] Quality(QualityFigures figures) =>
    [
        new("perplexity", figures.Perplexity), .. Optional("quality", figures.Quality), .. Optional("accuracy", figures.Accuracy),
        .. Optional("top-1 agreement", figures.TopOneAgreement), .. Optional("mean KL", figures.MeanKullbackLeibler),
    ];

    static Row[] Optional(string name, Figure? figure) => figure is null ? [] : [new(name, figure)];

    readonly record struct Row(string Name, Figure Figure, bool Always = false);
}
