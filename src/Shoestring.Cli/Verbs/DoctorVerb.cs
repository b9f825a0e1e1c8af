using System.Runtime.InteropServices;

namespace Shoestring.Cli;

/// <summary>Tells what was found on this machine, and what was not and why.</summary>
sealed class DoctorVerb() : Verb("doctor", "Show what this machine offers: instruction sets, limits, counters, folders, versions",
    new Example("shoestring doctor", "what to look at first when something is slow or unavailable"))
{
    public override Answer Run(Session session)
    {
        Findings found = Findings.Of(session);
        return new Answer(new WorkReport(new Work("doctor")), found.Fields) { Text = output => found.Write(output, session.Host) };
    }

    sealed record Findings(MachineDescription Machine, MachineLimits? Limits, string NoLimits, Figure Energy, long FreeMemory, UserFolders Folders, int Receipts, string LedgerState)
    {
        public static Findings Of(Session session)
        {
            UserFolders folders = session.Host.Folders;
            var limits = MachineLimits.Load(folders.MachineFile, out string reason);
            (int receipts, string state) = LedgerOf(folders);
            return new Findings(MachineDescription.Current, limits, reason, EnergyMeter.Start().Read(),
                GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, folders, receipts, state);
        }

        public void Write(TextWriter output, Host host)
        {
            var table = new TextTable("", "")
                .Row("version", $"shoestring {VersionLine.Version}, .NET {Environment.Version}{(IsAheadOfTime ? ", compiled ahead of time" : "")}")
                .Row("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}")
                .Row("processor", $"{Machine.Processor}, {Machine.Threads} threads")
                .Row("last-level cache", Machine.LastLevelCacheBytes is { } cache ? FigureText.Bytes(cache) : "the system does not tell")
                .Row("memory", $"{FigureText.Bytes(FreeMemory)} for this process")
                .Row("instruction sets", string.Join(", ", Machine.InstructionSets))
                .Row("kernels", $"{Simd.Chosen}, of {string.Join(", ", Simd.Available)} ({Simd.Variable} forces one)")
                .Row("energy", Energy.Value is null ? $"modelled, since {Energy.How}" : Energy.How)
                .Row("prices", Kept(Folders.PricesFile, "yours", "the documented defaults; yours would be"))
                .Row("ledger", $"{LedgerState}: {Folders.LedgerFile}")
                .Row("cache", Folders.Cache);
            table.Write(output, host);
            output.WriteLine();
            if (Limits is null)
            {
                output.WriteLine($"limits: {NoLimits}");
            }
            else
            {
                MachineReport.Write(output, host, Limits);
            }
        }

        public void Fields(Utf8JsonWriter writer)
        {
            writer.WriteString("version", VersionLine.Version);
            writer.WriteString("runtime", RuntimeInformation.FrameworkDescription);
            writer.WriteBoolean("aheadOfTime", IsAheadOfTime);
            writer.WriteString("operatingSystem", RuntimeInformation.OSDescription);
            writer.WriteString("architecture", RuntimeInformation.OSArchitecture.ToString());
            writer.WriteString("processor", Machine.Processor);
            writer.WriteNumber("threads", Machine.Threads);
            writer.Number("lastLevelCacheBytes", Machine.LastLevelCacheBytes);
            writer.WriteNumber("memoryBytes", FreeMemory);
            writer.Strings("instructionSets", Machine.InstructionSets);
            writer.WriteString("kernels", Simd.Chosen.ToString());
            writer.Strings("kernelsAvailable", Simd.Available.Select(path => path.ToString()));
            writer.WriteBoolean("energyCounter", Energy.Value is not null);
            writer.WriteString("energyHow", Energy.How);
            WriteFolders(writer);
            WriteLimits(writer);
        }

        void WriteFolders(Utf8JsonWriter writer)
        {
            writer.WriteNumber("receipts", Receipts);
            writer.Object("files", () =>
            {
                writer.WriteString("prices", Folders.PricesFile);
                writer.WriteString("ledger", Folders.LedgerFile);
                writer.WriteString("machine", Folders.MachineFile);
                writer.WriteString("cache", Folders.Cache);
            });
        }

        void WriteLimits(Utf8JsonWriter writer)
        {
            if (Limits is null)
            {
                writer.WriteNull("machine");
                writer.WriteString("noMachineReason", NoLimits);
            }
            else
            {
                writer.Object("machine", () => MachineReport.Fields(writer, Limits));
            }
        }

        static bool IsAheadOfTime => !System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported;

        static string Kept(string path, string here, string absent) => $"{(File.Exists(path) ? here : absent)} {path}";

        // A ledger that cannot be read is what a doctor is asked about, so it is a finding and no fault.
        static (int Receipts, string State) LedgerOf(UserFolders folders)
        {
            if (!File.Exists(folders.LedgerFile))
            {
                return (0, "none yet");
            }

            try
            {
                int count = new Ledger(folders.LedgerFile).List().Count;
                return (count, $"{count} receipts");
            }
            catch (InputException fault)
            {
                return (0, fault.Message);
            }
        }
    }
}
