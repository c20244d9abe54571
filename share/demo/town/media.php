<?php

// Small pictures and PDF files written byte by byte, the same bytes for the same arguments: PHP's gd is not needed.
// A picture is a landscape of hills under a sky; a PDF is one page of text.

declare(strict_types=1);

namespace Demo;

const PALETTES = [
    [[174, 214, 241], [253, 235, 208], [88, 130, 104], [52, 101, 72], [28, 70, 48]],
    [[244, 208, 163], [252, 243, 207], [145, 110, 90], [110, 84, 70], [72, 58, 52]],
    [[133, 193, 233], [235, 245, 251], [115, 150, 120], [70, 120, 84], [40, 82, 60]],
    [[187, 170, 210], [250, 219, 216], [104, 96, 128], [76, 72, 104], [48, 50, 76]],
];

/** The height of hill number $layer at $x, both from 0 to 1. */
function hill(float $x, int $layer, int $seed): float
{
    return 0.45 + 0.16 * $layer + 0.09 * sin(6.28 * $x * (1 + 0.4 * $layer) + $seed * 1.7 + $layer * 2.1)
        + 0.03 * sin(6.28 * $x * 3.3 + $seed * 0.9 + $layer);
}

function png_landscape(int $seed, int $width = 640, int $height = 360): string
{
    [$top, $low, $far, $middle, $near] = PALETTES[$seed % count(PALETTES)];
    $colours = '';
    for ($i = 0; $i < 32; $i++) {
        foreach ([0, 1, 2] as $c) {
            $colours .= chr((int) round($top[$c] + ($low[$c] - $top[$c]) * $i / 31));
        }
    }
    foreach ([$far, $middle, $near, [247, 220, 111]] as $colour) {
        $colours .= pack('C3', ...$colour);
    }
    $hills = [];
    for ($x = 0; $x < $width; $x++) {
        foreach ([0, 1, 2] as $layer) {
            $hills[$layer][$x] = (int) ($height * hill($x / $width, $layer, $seed));
        }
    }
    [$sun_x, $sun_y, $radius] = [(int) ($width * (0.2 + 0.15 * ($seed % 4))), (int) ($height * 0.22), 30];
    $pixels = '';
    for ($y = 0; $y < $height; $y++) {
        $line = str_repeat(chr(min(31, intdiv($y * 48, $height))), $width);
        $half = $radius ** 2 - ($y - $sun_y) ** 2;
        if ($half > 0) {
            $half = (int) sqrt($half);
            $line = substr_replace($line, str_repeat("\x23", 2 * $half), $sun_x - $half, 2 * $half);
        }
        foreach ([0, 1, 2] as $layer) {
            if ($y < min($hills[$layer])) {
                continue;
            }
            for ($x = 0; $x < $width; $x++) {
                if ($hills[$layer][$x] <= $y) {
                    $line[$x] = chr(32 + $layer);
                }
            }
        }
        $pixels .= "\0" . $line;
    }
    $chunk = fn (string $type, string $data): string =>
        pack('N', strlen($data)) . $type . $data . pack('N', crc32($type . $data));
    return "\x89PNG\r\n\x1a\n" . $chunk('IHDR', pack('N2C5', $width, $height, 8, 3, 0, 0, 0))
        . $chunk('PLTE', $colours) . $chunk('IDAT', (string) gzcompress($pixels, 9)) . $chunk('IEND', '');
}

/**
 * A baseline JPEG (ITU-T T.81). Each block of 8 × 8 is a plane, level plus two slopes, whose DCT has a closed form:
 * only the first row and the first column of coefficients differ from zero.
 */
function jpeg_landscape(int $seed, int $width = 480, int $height = 272): string
{
    $bits = '';
    $level_before = [0, 0, 0];
    for ($y = 0; $y < $height; $y += 8) {
        for ($x = 0; $x < $width; $x += 8) {
            $left = soft_colour($x - 0.5, $y + 3.5, $width, $height, $seed);
            $right = soft_colour($x + 7.5, $y + 3.5, $width, $height, $seed);
            $above = soft_colour($x + 3.5, $y - 0.5, $width, $height, $seed);
            $below = soft_colour($x + 3.5, $y + 7.5, $width, $height, $seed);
            foreach ([0, 1, 2] as $c) {
                $mean = ($left[$c] + $right[$c] + $above[$c] + $below[$c]) / 4;
                $level = (int) round(($mean - ($c === 0 ? 128 : 0)) * 8 / 4);
                $bits .= jpeg_block(
                    $level - $level_before[$c],
                    ($right[$c] - $left[$c]) / 8,
                    ($below[$c] - $above[$c]) / 8
                );
                $level_before[$c] = $level;
            }
        }
    }
    $bits = str_pad($bits, (int) ceil(strlen($bits) / 8) * 8, '1');
    $data = '';
    foreach (str_split($bits, 8) as $byte) {
        $data .= chr((int) bindec($byte));
    }
    $quantum = str_repeat("\x04", 64);
    return "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
        . "\xff\xdb\x00\x43\x00" . $quantum
        . "\xff\xc0\x00\x11\x08" . pack('n2', $height, $width) . "\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00"
        . jpeg_huffman_tables()
        . "\xff\xda\x00\x0c\x03\x01\x00\x02\x00\x03\x00\x00\x3f\x00" . str_replace("\xff", "\xff\x00", $data)
        . "\xff\xd9";
}

/** The landscape with soft edges, as Y, Cb, Cr (the last two centred on zero). @return array{float, float, float} */
function soft_colour(float $x, float $y, int $width, int $height, int $seed): array
{
    [$top, $low, $far, $middle, $near] = PALETTES[$seed % count(PALETTES)];
    $u = $y / $height;
    $rgb = [];
    foreach ([0, 1, 2] as $c) {
        $rgb[$c] = $top[$c] + ($low[$c] - $top[$c]) * min(1.0, $u * 1.5);
    }
    foreach ([$far, $middle, $near] as $layer => $colour) {
        $cover = max(0.0, min(1.0, ($u - hill($x / $width, $layer, $seed)) * 10 + 0.5));
        foreach ([0, 1, 2] as $c) {
            $rgb[$c] += ($colour[$c] - $rgb[$c]) * $cover;
        }
    }
    $luma = 0.299 * $rgb[0] + 0.587 * $rgb[1] + 0.114 * $rgb[2];
    return [$luma, 0.564 * ($rgb[2] - $luma), 0.713 * ($rgb[0] - $luma)];
}

/** One block: difference of level, then the slopes along x and y, Huffman-coded with the tables below. */
function jpeg_block(int $difference, float $slope_x, float $slope_y): string
{
    // The DCT of x - 3.5 at frequencies 1, 3, 5, 7, times what a constant gives in the other direction, over 4.
    static $ramp = [-4.5554, -0.4762, -0.1421, -0.0359];
    // Where those frequencies stand in zigzag order, along the first row and the first column.
    static $zigzag = [1 => ['x', 0], 2 => ['y', 0], 6 => ['x', 1], 9 => ['y', 1]];
    $size = bit_size($difference);
    $bits = sprintf('%04b', $size) . magnitude($difference, $size);
    $zeros = 0;
    for ($k = 1; $k <= 9; $k++) {
        [$axis, $i] = $zigzag[$k] ?? ['', 0];
        $slope = ['x' => $slope_x, 'y' => $slope_y, '' => 0.0][$axis];
        $coefficient = max(-1023, min(1023, (int) round($slope * $ramp[$i])));
        if ($coefficient === 0) {
            $zeros++;
            continue;
        }
        $size = bit_size($coefficient);
        $bits .= sprintf('%08b', jpeg_ac_code($zeros, $size)) . magnitude($coefficient, $size);
        $zeros = 0;
    }
    return $bits . sprintf('%08b', jpeg_ac_code(0, 0));
}

function bit_size(int $value): int
{
    return $value === 0 ? 0 : strlen(decbin(abs($value)));
}

function magnitude(int $value, int $size): string
{
    return $size === 0 ? '' : sprintf('%0' . $size . 'b', $value < 0 ? $value + (1 << $size) - 1 : $value);
}

// The tables are as simple as the standard allows: 12 codes of 4 bits for levels; for the rest 8-bit codes, 101 of
// them: run 0 to 9, size 1 to 10, and the end of block first.
function jpeg_ac_code(int $zeros, int $size): int
{
    return $size === 0 ? 0 : 1 + $zeros * 10 + $size - 1;
}

function jpeg_huffman_tables(): string
{
    $levels = implode('', array_map('chr', range(0, 11)));
    $rest = "\0";
    for ($zeros = 0; $zeros < 10; $zeros++) {
        for ($size = 1; $size <= 10; $size++) {
            $rest .= chr($zeros << 4 | $size);
        }
    }
    $lengths = fn (int $length, int $count): string => pack('C16', ...array_replace(
        array_fill(0, 16, 0),
        [$length - 1 => $count]
    ));
    return "\xff\xc4" . pack('n', 19 + strlen($levels)) . "\x00" . $lengths(4, 12) . $levels
        . "\xff\xc4" . pack('n', 19 + strlen($rest)) . "\x10" . $lengths(8, strlen($rest)) . $rest;
}

/** One page A4 in Helvetica; lines are wrapped at about 88 characters. */
function pdf_page(string $title, array $paragraphs): string
{
    $text = fn (string $line): string => '(' . strtr((string) iconv('UTF-8', 'CP1252//TRANSLIT', $line), [
        '\\' => '\\\\', '(' => '\\(', ')' => '\\)',
    ]) . ')';
    $page = "BT /F2 16 Tf 56 776 Td " . $text($title) . " Tj ET\nBT /F1 10.5 Tf 15 TL 56 744 Td\n";
    foreach ($paragraphs as $paragraph) {
        foreach (explode("\n", wordwrap($paragraph, 88)) as $line) {
            $page .= $text($line) . " Tj T*\n";
        }
        $page .= "T*\n";
    }
    $page .= 'ET';
    $font = '<< /Type /Font /Subtype /Type1 /Encoding /WinAnsiEncoding /BaseFont /';
    $objects = [
        '<< /Type /Catalog /Pages 2 0 R /Lang (fr-FR) >>',
        '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
        '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R '
            . '/Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>',
        '<< /Length ' . strlen($page) . " >>\nstream\n" . $page . "\nendstream",
        $font . 'Helvetica >>',
        $font . 'Helvetica-Bold >>',
        '<< /Title ' . $text($title) . ' /Author ' . $text('Mairie de Valombre-sur-Lière') . ' >>',
    ];
    $pdf = "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n";
    $places = '';
    foreach ($objects as $i => $object) {
        $places .= sprintf("%010d 00000 n \n", strlen($pdf));
        $pdf .= ($i + 1) . " 0 obj\n" . $object . "\nendobj\n";
    }
    $count = count($objects) + 1;
    return $pdf . "xref\n0 $count\n0000000000 65535 f \n$places"
        . "trailer\n<< /Size $count /Root 1 0 R /Info 7 0 R >>\nstartxref\n" . strlen($pdf) . "\n%%EOF\n";
}
