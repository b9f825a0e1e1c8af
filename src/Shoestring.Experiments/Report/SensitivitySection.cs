using System.Globalization;
using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>How much the output changes when one block's matrices alone are rounded, format by format.</summary>
static class SensitivitySection
{
    public static Markup Write(OptimizeResult result) => Markup.If(result.Sensitivity is { Entries.Count: > 0 }, () => Of(result.Sensitivity!));

    static Markup Of(SensitivityTable table)
    {
        TensorFormat[] formats = [.. table.Entries.GroupBy(entry => entry.Format).OrderBy(group => group.Sum(entry => entry.Bytes) / (double)group.Count()).Select(group => group.Key)];
        int[] blocks = [.. table.Entries.Select(entry => entry.Block).Distinct().Order()];
        return Markup.Of($"""
            <section aria-labelledby="sensitivity-heading">
            <h2 id="sensitivity-heading">Where rounding hurts</h2>
            <p class="soft">Mean KL divergence from the original, in nats a token, when one matrix alone is rounded to nearest, summed over the matrices of a block; over {table.Positions} positions of the calibration text. {Method(table)} Darker bars are larger within a column. A format stands only where rows fit its blocks.</p>
            <div class="scroll full" tabindex="0" role="region" aria-labelledby="sensitivity-heading">
            <table class="candidates"><caption class="hidden">Sensitivity of each block in each format</caption>
            <thead><tr><th scope="col">Block</th>{formats.Select(format => Markup.Of($"<th scope=\"col\">{format.Name()}</th>"))}</tr></thead>
            <tbody>{blocks.Select(block => Row(table, block, formats))}</tbody></table>
            </div>
            {Matrices(table)}
            </section>
            """);
    }

    static string Method(SensitivityTable table) => table.Method == SensitivityMethod.Divergence ? "Every one was run through the rest of the model."
        : "One format of each matrix was run through the rest of the model, and the others follow from the error of the layer's output.";

    static Markup Row(SensitivityTable table, int block, TensorFormat[] formats) => Markup.Of($"""
        <tr><th scope="row">{(block < 0 ? "embedding and output" : block.ToString(CultureInfo.InvariantCulture))}</th>{formats.Select(format => Cell(table, block, format))}</tr>

        """);

    static Markup Cell(SensitivityTable table, int block, TensorFormat format)
    {
        if (!table.Entries.Any(entry => entry.Block == block && entry.Format == format))
        {
            return new Markup("<td>–</td>");
        }

        double sum = table.Sum(block, format), most = table.Entries.Select(entry => entry.Block).Distinct().Max(other => table.Sum(other, format));
        double share = most > 0 ? Math.Max(0, sum) / most : 0;
        return Markup.Of($"""<td>{Text(sum)}<svg class="track" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" height="6"><rect class="fill" width="{100 * share}" height="6" opacity="{0.35 + (0.65 * share)}"/></svg></td>""");
    }

    // The matrices that matter most, by name.
    static Markup Matrices(SensitivityTable table)
    {
        TensorFormat smallest = table.Entries.GroupBy(entry => entry.Format).MaxBy(group => group.Sum(entry => entry.Divergence))!.Key;
        TensorSensitivity[] worst = [.. table.Entries.Where(entry => entry.Format == smallest).OrderByDescending(entry => entry.Divergence).Take(12)];
        return Markup.Of($"""
            <details><summary>The matrices that {smallest.Name()} hurts most</summary><ul>{worst.Select(entry => Markup.Of($"<li><code>{entry.Tensor}</code>: {Text(entry.Divergence)}{(entry.IsMeasured ? "" : " (scaled)")}</li>"))}</ul></details>
            """);
    }

    static string Text(double value) => value.ToString(Math.Abs(value) < 0.001 ? "0.0e0" : "0.0000", CultureInfo.InvariantCulture);
}
