"""What an SVG may have: shapes, text, paint, clips, markers and filters. No links, scripts, animations or foreign
content, and no picture but one that lies in the file itself."""

from __future__ import annotations

_ELEMENTS = """
    svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan textPath image style
    switch linearGradient radialGradient stop clipPath mask pattern marker
    filter feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap
    feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology
    feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence
"""
_STRUCTURE = """
    version baseProfile x y z x1 y1 x2 y2 cx cy r rx ry fx fy fr dx dy d points width height viewBox
    preserveAspectRatio transform pathLength rotate textLength lengthAdjust startOffset method spacing side
    gradientUnits gradientTransform spreadMethod offset patternUnits patternContentUnits patternTransform
    clipPathUnits maskUnits maskContentUnits markerUnits markerWidth markerHeight refX refY orient role lang
    systemLanguage requiredFeatures tabindex focusable media style type
"""
_PAINT = """
    alignment-baseline baseline-shift clip clip-path clip-rule color color-interpolation color-interpolation-filters
    color-rendering cursor direction display dominant-baseline enable-background fill fill-opacity fill-rule filter
    flood-color flood-opacity font font-family font-feature-settings font-kerning font-size font-size-adjust
    font-stretch font-style font-variant font-weight glyph-orientation-horizontal glyph-orientation-vertical
    image-rendering isolation letter-spacing lighting-color marker marker-end marker-mid marker-start mask mask-type
    mix-blend-mode opacity overflow paint-order pointer-events shape-rendering stop-color stop-opacity stroke
    stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width
    text-anchor text-decoration text-orientation text-rendering transform-origin unicode-bidi vector-effect visibility
    white-space word-spacing writing-mode
"""
_FILTERS = """
    filterUnits primitiveUnits in in2 result mode values operator k1 k2 k3 k4 order kernelMatrix divisor bias targetX
    targetY edgeMode kernelUnitLength preserveAlpha surfaceScale diffuseConstant specularConstant specularExponent
    azimuth elevation limitingConeAngle pointsAtX pointsAtY pointsAtZ scale xChannelSelector yChannelSelector
    stdDeviation radius baseFrequency numOctaves seed stitchTiles tableValues slope intercept amplitude exponent
"""

ELEMENTS = frozenset(_ELEMENTS.split())
ATTRIBUTES = frozenset((_STRUCTURE + _PAINT + _FILTERS).split())
HREF_OWN = frozenset({"use", "textPath", "linearGradient", "radialGradient", "pattern", "filter"})
"""May refer to something in the same file."""
HREF_DATA = frozenset({"image"})
"""May hold a picture as a data URL."""
