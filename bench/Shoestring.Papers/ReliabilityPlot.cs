using System.Globalization;
using System.Text;
using Shoestring.Survey;

namespace Shoestring.Papers;

/// <summary>The reliability diagram: of the answers with a confidence, the share that was right.</summary>
static class ReliabilityPlot
{
    const int Side = 400;
    const int Margin = 50;

    public static string Draw(ClassifierScore score)
    {
        var svg = new StringBuilder();
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Side + (2 * Margin)} {Side + (2 * Margin)}\" role=\"img\" aria-label=\"Reliability diagram\" font-family=\"sans-serif\" font-size=\"12\">");
        Add($"<title>Confidence and accuracy of the classifier, {score.Papers} papers, calibration error {score.CalibrationError:F3}</title>");
        Add($"<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/><path d=\"M{X(0)} {Y(0)}L{X(1)} {Y(1)}\" stroke=\"#888\" stroke-dasharray=\"4 4\"/><path d=\"M{X(0)} {Y(1)}V{Y(0)}H{X(1)}\" fill=\"none\" stroke=\"#000\"/>");
        foreach (ReliabilityBin bin in score.Reliability.Where(bin => bin.Count > 0))
        {
            Add($"<rect x=\"{X(bin.From) + 1}\" y=\"{Y(bin.Accuracy)}\" width=\"{X(bin.To) - X(bin.From) - 2}\" height=\"{Y(0) - Y(bin.Accuracy)}\" fill=\"#4a7ebb\" fill-opacity=\"0.7\"/>");
            Add($"<circle cx=\"{X(bin.Confidence)}\" cy=\"{Y(bin.Accuracy)}\" r=\"3\"/><text x=\"{X((bin.From + bin.To) / 2)}\" y=\"{Y(0) - 4}\" text-anchor=\"middle\" font-size=\"10\">{bin.Count}</text>");
        }

        foreach (double tick in (double[])[0, 0.5, 1])
        {
            Add($"<text x=\"{X(tick)}\" y=\"{Y(0) + 16}\" text-anchor=\"middle\">{tick}</text><text x=\"{X(0) - 6}\" y=\"{Y(tick) + 4}\" text-anchor=\"end\">{tick}</text>");
        }

        Add($"<text x=\"{X(0.5)}\" y=\"{Y(0) + 36}\" text-anchor=\"middle\">confidence</text><text transform=\"translate(14 {Y(0.5)}) rotate(-90)\" text-anchor=\"middle\">share that is right</text></svg>");
        return svg.ToString();

        void Add(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    static double X(double value) => Math.Round(Margin + (value * Side), 1);

    static double Y(double value) => Math.Round(Margin + ((1 - value) * Side), 1);
}
